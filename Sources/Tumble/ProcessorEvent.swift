import ByteCoding
import Journal
import Platform

/// What the processor itself journals beside the machine's events.
public enum ProcessorEvent<M: Machine>: Sendable {
    /// `id` is the number of its record. One of the same name that was pending is replaced.
    case scheduled(id: RecordNumber, ScheduledMutation<M>)
    case cancelled(id: RecordNumber)
    /// `refused` says why the machine refused it when it fired; nil if it did not.
    case fired(id: RecordNumber, refused: String?)
    /// The digest of all records before this one, of that version of the machine's.
    case digest(StateDigest, version: UInt8)
    /// An operator accepted the time of day as it is.
    case clockReset(to: Timestamp)
}

/// The record kinds of the processor; their payloads are described in ProcessorRecords.md.
public enum ProcessorRecordKind {
    public static let scheduled = RecordKind(rawValue: 16)
    public static let cancelled = RecordKind(rawValue: 17)
    public static let fired = RecordKind(rawValue: 18)
    public static let digest = RecordKind(rawValue: 19)
    public static let clockReset = RecordKind(rawValue: 20)

    static let all: ClosedRange<UInt8> = 16...31
}

extension ProcessorEvent {
    private static var highPriorityFlag: UInt8 { 1 }
    private static var namedFlag: UInt8 { 2 }

    /// Of the payload; that of a digest is the version of what it sums up.
    var version: UInt8 {
        if case .digest(_, let version) = self { return version }
        return 1
    }

    /// Appends the payload and returns its kind.
    func encode(into bytes: inout [UInt8], _ machine: M) -> RecordKind {
        switch self {
        case .scheduled(_, let scheduled):
            bytes.appendVarint(scheduled.root.rawValue)
            bytes.appendLittleEndian(scheduled.due.microseconds)
            let flags =
                (scheduled.highPriority ? Self.highPriorityFlag : 0)
                | (scheduled.name == nil ? 0 : Self.namedFlag)
            bytes.append(flags)
            if let name = scheduled.name { bytes.appendLengthPrefixed(name.rawValue) }
            machine.encode(scheduled.mutation, into: &bytes)
            return ProcessorRecordKind.scheduled
        case .cancelled(let id):
            bytes.appendVarint(id.rawValue)
            return ProcessorRecordKind.cancelled
        case .fired(let id, let refused):
            bytes.appendVarint(id.rawValue)
            bytes.append(refused == nil ? 0 : 1)
            bytes.appendLengthPrefixed(refused ?? "")
            return ProcessorRecordKind.fired
        case .digest(let digest, _):
            bytes.appendLittleEndian(digest.low)
            bytes.appendLittleEndian(digest.high)
            return ProcessorRecordKind.digest
        case .clockReset(let time):
            bytes.appendLittleEndian(time.microseconds)
            return ProcessorRecordKind.clockReset
        }
    }

    /// The event of a record whose kind is one of the processor's.
    public init(decoding record: Record, _ machine: M) throws(Misfit) {
        let versions = record.kind == ProcessorRecordKind.digest ? machine.digestVersion : 1
        guard (1...versions).contains(record.version) else {
            throw Misfit("version \(record.version) of processor records is not known")
        }
        do {
            self = try Self.decode(record, machine)
        } catch let error as Misfit {
            throw error
        } catch {
            throw Misfit("the payload is ill-formed: \(error)")
        }
    }

    private static func decode(_ record: Record, _ machine: M) throws -> ProcessorEvent {
        var reader = ByteReader(record.payload)
        switch record.kind {
        case ProcessorRecordKind.scheduled:
            let root = MutationRoot(rawValue: try reader.varint())
            let due = try timestamp(&reader)
            let flags = try reader.byte()
            let name = flags & namedFlag == 0 ? nil : MutationName(rawValue: try reader.text())
            let mutation = try machine.decodeMutation(try reader.take(reader.remaining))
            return .scheduled(
                id: record.number,
                ScheduledMutation(
                    mutation: mutation, root: root, name: name, due: due,
                    highPriority: flags & highPriorityFlag != 0))
        case ProcessorRecordKind.cancelled:
            return .cancelled(id: RecordNumber(rawValue: try reader.varint()))
        case ProcessorRecordKind.fired:
            let id = RecordNumber(rawValue: try reader.varint())
            let isRefused = try reader.byte() == 1
            let text = try reader.text()
            return .fired(id: id, refused: isRefused ? text : nil)
        case ProcessorRecordKind.digest:
            return .digest(
                StateDigest(low: try reader.littleEndian(), high: try reader.littleEndian()),
                version: record.version)
        case ProcessorRecordKind.clockReset:
            return .clockReset(to: try timestamp(&reader))
        default: throw Misfit("kind \(record.kind.rawValue) is not one of the processor's")
        }
    }

    private static func timestamp(_ reader: inout ByteReader) throws(ByteError) -> Timestamp {
        let raw: UInt64 = try reader.littleEndian()
        return Timestamp(microseconds: Int64(bitPattern: raw))
    }
}
