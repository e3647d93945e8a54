import ByteCoding
import Journal
import Platform
import Tumble

/// The configuration in force: what the journal keeps of it.
///
/// In no digest: mutations carry the settings that they were decided by, so it decides nothing.
package struct ConfigurationState: Hashable, Sendable {
    /// In bytes; a longer text is refused.
    package static let textLimit = 4 << 20

    /// The SHA-256 over its files, 32 bytes; empty for none: then everything was open.
    package let hash: [UInt8]
    /// Its effective values as people read them, without secrets; empty for none.
    package let text: String
    /// When it was accepted.
    package let since: Timestamp

    package init(hash: [UInt8], text: String, since: Timestamp) {
        self.hash = hash
        self.text = text
        self.since = since
    }

    /// The payload of kind 43.
    package func encode(into bytes: inout [UInt8]) {
        bytes.appendLengthPrefixed(hash)
        bytes.appendLittleEndian(since.microseconds)
        bytes.appendLengthPrefixed(text)
    }

    package init(decoding reader: inout ByteReader) throws {
        hash = Array(try reader.lengthPrefixed())
        guard hash.isEmpty || hash.count == 32 else {
            throw Misfit("the hash of a configuration has \(hash.count) bytes, not 0 or 32")
        }
        since = try EventCodecV1.timestamp(&reader)
        text = try reader.text()
    }
}
