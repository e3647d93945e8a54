import ByteCoding
import LogDogProtos
import SwiftProtobuf

/// Frames bundles as a Butler does (`spec/formats.md §5.1`).
package final class BundleWriter {
    /// Serialized bundles from here on are compressed.
    package static let compressionThreshold = 860
    /// Messages above this are too large for the original's transport.
    package static let messageLimit = 10_000_000

    private let deflater = Deflater(level: 6)

    package init() {}

    /// Metadata frame and body frame.
    ///
    /// - Throws: if the message would exceed the limits of a reader.
    package func message(_ bundle: Logpb_ButlerLogBundle) throws(BundleError) -> [UInt8] {
        let body: [UInt8]
        do { body = try bundle.serializedBytes() } catch { throw .undecodable }
        guard body.count < BundleMessage.limit else {
            throw .bodyTooLong(limit: BundleMessage.limit)
        }
        var message: [UInt8] = []
        if body.count >= Self.compressionThreshold {
            RecordIO.append([0x08, 1, 0x10, 1, 0x1a, 1, 0x31], to: &message)
            var deflated: [UInt8] = []
            deflater.deflate(body[...], into: &deflated)
            RecordIO.append(deflated, to: &message)
        } else {
            RecordIO.append([0x08, 1, 0x1a, 1, 0x31], to: &message)
            RecordIO.append(body, to: &message)
        }
        guard message.count <= Self.messageLimit else {
            throw .frameTooLong(UInt64(message.count), limit: Self.messageLimit)
        }
        return message
    }
}
