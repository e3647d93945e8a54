import ByteCoding
import LogDogModel
import Platform
import Tumble

/// What a task of the classic dialect tells its archivist (`spec/lifecycle.md §6.1`); the delays
/// as they were configured when its deadline was made.
package struct ClassicTerms: Hashable, Sendable {
    /// Of a key, in bytes.
    package static let keyLength = 32

    /// The archivist waits until the stream's last change is so old.
    package var settle: Duration
    /// Until then only a stream without gaps may be archived.
    package var complete: Duration

    /// Whole microseconds count; not negative.
    package init(settle: Duration, complete: Duration) {
        self.settle = settle
        self.complete = complete
    }

    /// The key of a task: 32 bytes, which nobody can mistake for another task's
    /// (`spec/lifecycle.md §5`).
    ///
    /// - Parameter requestID: what tells apart what publishes; here it names a record.
    package static func key(requestID: String, stream: HashID, index: UInt32) -> [UInt8] {
        HashID.ofBytes(Array("\(requestID)\0\(stream.hex)\0\(index)".utf8)).bytes
    }

    func encode(into bytes: inout [UInt8]) {
        for duration in [settle, complete] {
            bytes.appendVarint(UInt64(max(0, duration.wholeMicroseconds)))
        }
    }

    init(decoding reader: inout ByteReader) throws {
        settle = try Self.duration(&reader)
        complete = try Self.duration(&reader)
    }

    private static func duration(_ reader: inout ByteReader) throws -> Duration {
        guard let micros = Int64(exactly: try reader.varint()) else {
            throw Misfit("a delay is longer than time is")
        }
        return .microseconds(micros)
    }
}
