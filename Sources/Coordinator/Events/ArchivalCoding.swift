import ByteCoding
import Journal
import Platform
import Tumble

/// The events of tasks and archives as bytes, version 1.
enum ArchivalCoding {
    static func encode(_ event: CoordinatorEvent, into bytes: inout [UInt8]) -> RecordKind {
        switch event {
        case .archivalPublished(let stream, let reason, let key, let terms, let time):
            bytes.appendVarint(stream.record.rawValue)
            bytes.append(reason.rawValue)
            bytes.appendLittleEndian(time.microseconds)
            bytes.appendLengthPrefixed(key)
            terms.encode(into: &bytes)
            return CoordinatorRecordKind.archivalPublished
        case .archivalLeased(let tasks, let until):
            bytes.appendLittleEndian(until.microseconds)
            bytes.appendTaskIDs(tasks)
            return CoordinatorRecordKind.archivalLeased
        case .archivalReleased(let tasks):
            bytes.appendTaskIDs(tasks)
            return CoordinatorRecordKind.archivalReleased
        case .archivalFailed(let task, let until, let reason):
            bytes.appendVarint(task.record.rawValue)
            bytes.appendLittleEndian(until.microseconds)
            bytes.appendLengthPrefixed(reason)
            return CoordinatorRecordKind.archivalFailed
        case .archivalDeleted(let tasks):
            bytes.appendTaskIDs(tasks)
            return CoordinatorRecordKind.archivalDeleted
        case .streamArchived(let stream, let terminalIndex, let archive):
            bytes.appendVarint(stream.record.rawValue)
            // Zero for none, else the terminal index plus one.
            bytes.appendVarint(terminalIndex.map { $0 &+ 1 } ?? 0)
            archive.encode(into: &bytes)
            return CoordinatorRecordKind.streamArchived
        default: preconditionFailure("the codec of all events keeps the others")
        }
    }

    /// Nil for a kind that is not one of these.
    static func decode(
        _ kind: RecordKind, _ reader: inout ByteReader
    ) throws -> CoordinatorEvent? {
        switch kind {
        case CoordinatorRecordKind.archivalPublished:
            let stream = try EventCodecV1.streamID(&reader)
            guard let reason = ArchivalReason(rawValue: try reader.byte()) else {
                throw Misfit("an archival is published for a reason that is not known")
            }
            let time = try EventCodecV1.timestamp(&reader)
            let key = Array(try reader.lengthPrefixed())
            guard key.count == ClassicTerms.keyLength else { throw Misfit("a key has 32 bytes") }
            return .archivalPublished(
                stream: stream, reason: reason, key: key,
                terms: try ClassicTerms(decoding: &reader), at: time)
        case CoordinatorRecordKind.archivalLeased:
            let until = try EventCodecV1.timestamp(&reader)
            return .archivalLeased(tasks: try reader.taskIDs(), until: until)
        case CoordinatorRecordKind.archivalReleased:
            return .archivalReleased(tasks: try reader.taskIDs())
        case CoordinatorRecordKind.archivalFailed:
            return .archivalFailed(
                task: TaskID(record: RecordNumber(rawValue: try reader.varint())),
                until: try EventCodecV1.timestamp(&reader), reason: try reader.text())
        case CoordinatorRecordKind.archivalDeleted:
            return .archivalDeleted(tasks: try reader.taskIDs())
        case CoordinatorRecordKind.streamArchived:
            let stream = try EventCodecV1.streamID(&reader)
            let terminal = try reader.varint()
            return .streamArchived(
                stream: stream, terminalIndex: terminal == 0 ? nil : terminal - 1,
                archive: try ArchiveInfo(decoding: &reader))
        default: return nil
        }
    }
}

extension [UInt8] {
    mutating func appendTaskIDs(_ tasks: [TaskID]) {
        appendVarint(UInt64(tasks.count))
        for task in tasks { appendVarint(task.record.rawValue) }
    }
}

extension ByteReader {
    mutating func taskIDs() throws -> [TaskID] {
        let count = try varint()
        guard count <= UInt64(remaining) else {
            throw Misfit("\(count) tasks in \(remaining) bytes")
        }
        var tasks: [TaskID] = []
        for _ in 0..<count {
            tasks.append(TaskID(record: RecordNumber(rawValue: try varint())))
        }
        return tasks
    }
}
