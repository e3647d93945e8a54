import ByteCoding
import Journal
import Tumble

/// The events of holding and pausing as bytes, version 1.
enum RetentionCoding {
    static func encode(_ event: CoordinatorEvent, into bytes: inout [UInt8]) -> RecordKind {
        switch event {
        case .prefixHeld(let prefix, let held, let time):
            bytes.appendVarint(prefix.record.rawValue)
            bytes.append(held ? 1 : 0)
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.prefixHeld
        case .retentionPaused(let retention):
            bytes.append(retention.isPaused ? 1 : 0)
            bytes.appendLittleEndian(retention.since.microseconds)
            return CoordinatorRecordKind.retentionPaused
        default: preconditionFailure("the codec of all events keeps the others")
        }
    }

    /// Nil for a kind that is not one of these.
    static func decode(
        _ kind: RecordKind, _ reader: inout ByteReader
    ) throws -> CoordinatorEvent? {
        switch kind {
        case CoordinatorRecordKind.prefixHeld:
            return .prefixHeld(
                prefix: try reader.prefixID(), held: try reader.flag(),
                at: try EventCodecV1.timestamp(&reader))
        case CoordinatorRecordKind.retentionPaused:
            return .retentionPaused(
                RetentionState(
                    isPaused: try reader.flag(), since: try EventCodecV1.timestamp(&reader)))
        default: return nil
        }
    }
}
