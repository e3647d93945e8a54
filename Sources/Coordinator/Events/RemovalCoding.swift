import ByteCoding
import Journal
import Platform
import Tumble

/// The events of purging and deleting as bytes, version 1.
enum RemovalCoding {
    private static let prefixToo: UInt8 = 1

    static func encode(_ event: CoordinatorEvent, into bytes: inout [UInt8]) -> RecordKind {
        switch event {
        case .streamPurged(let stream, let purged, let time):
            bytes.appendVarint(stream.record.rawValue)
            bytes.append(purged ? 1 : 0)
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.streamPurged
        case .prefixDeleted(let prefix, let time):
            bytes.appendVarint(prefix.record.rawValue)
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.prefixDeleted
        case .streamsRemoved(let prefix, let streams, let isLast):
            bytes.appendVarint(prefix.record.rawValue)
            bytes.append(isLast ? prefixToo : 0)
            bytes.appendVarint(UInt64(streams.count))
            for stream in streams { bytes.appendVarint(stream.record.rawValue) }
            return CoordinatorRecordKind.streamsRemoved
        default: preconditionFailure("the codec of all events keeps the others")
        }
    }

    /// Nil for a kind that is not one of these.
    static func decode(
        _ kind: RecordKind, _ reader: inout ByteReader
    ) throws -> CoordinatorEvent? {
        switch kind {
        case CoordinatorRecordKind.streamPurged:
            return .streamPurged(
                stream: try EventCodecV1.streamID(&reader), purged: try reader.flag(),
                at: try EventCodecV1.timestamp(&reader))
        case CoordinatorRecordKind.prefixDeleted:
            return .prefixDeleted(
                prefix: try reader.prefixID(), at: try EventCodecV1.timestamp(&reader))
        case CoordinatorRecordKind.streamsRemoved:
            let prefix = try reader.prefixID()
            let isLast = try reader.flag()
            let count = try reader.varint()
            guard count <= UInt64(reader.remaining) else {
                throw Misfit("\(count) streams in \(reader.remaining) bytes")
            }
            var streams: [StreamID] = []
            for _ in 0..<count { streams.append(try EventCodecV1.streamID(&reader)) }
            return .streamsRemoved(prefix: prefix, streams: streams, prefixToo: isLast)
        default: return nil
        }
    }
}

extension ByteReader {
    mutating func prefixID() throws(ByteError) -> PrefixID {
        PrefixID(record: RecordNumber(rawValue: try varint()))
    }

    /// A byte that is 0 or 1.
    mutating func flag() throws -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw Misfit("a flag is 0 or 1, not \(byte)") }
        return byte == 1
    }
}
