import ByteCoding
import Journal
import LogDogModel
import Platform
import Tumble

/// The kinds of records that the Coordinator writes; EventFormat.md describes their payloads.
package enum CoordinatorRecordKind {
    /// Holds the prefix secret.
    package static let prefixRegistered = RecordKind(rawValue: 32)
    /// Holds the prefix secret.
    package static let streamRegistered = RecordKind(rawValue: 33)
    /// The entries of one stream that were new, with consecutive indexes.
    package static let entriesAppended = RecordKind(rawValue: 34)
    /// The last index of a stream became known.
    package static let streamTerminated = RecordKind(rawValue: 35)
    /// The archival of a stream came due.
    package static let archivalTasked = RecordKind(rawValue: 36)
    /// Archival tasks were handed out.
    package static let archivalLeased = RecordKind(rawValue: 37)
    /// Archival tasks are ready again.
    package static let archivalReleased = RecordKind(rawValue: 38)
    /// An archivist has given a task back.
    package static let archivalFailed = RecordKind(rawValue: 39)
    /// A stream is archived.
    package static let streamArchived = RecordKind(rawValue: 40)
    /// A stream is hidden, or shown again.
    package static let streamPurged = RecordKind(rawValue: 41)
    /// A prefix and its streams are not found any more.
    package static let prefixDeleted = RecordKind(rawValue: 42)
    /// Another configuration came into force.
    package static let configurationChanged = RecordKind(rawValue: 43)
    /// Archival tasks are done.
    package static let archivalDeleted = RecordKind(rawValue: 44)
    /// Streams have left for good.
    package static let streamsRemoved = RecordKind(rawValue: 45)
    /// The same as a client deflated them: the only part of a bundle, all of it new.
    package static let entriesKept = RecordKind(rawValue: 46)
    /// The archival of a stream of the classic dialect came due.
    package static let archivalPublished = RecordKind(rawValue: 47)
    /// An administrator set a credential.
    package static let storageAccountSet = RecordKind(rawValue: 48)
    /// A prefix is on legal hold, or no longer.
    package static let prefixHeld = RecordKind(rawValue: 49)
    /// Retention stands still, or goes on.
    package static let retentionPaused = RecordKind(rawValue: 50)
}

/// Version 1 of the events' encoding. A later version gets a file of its own beside this one.
enum EventCodecV1 {
    static let version: UInt8 = 1

    static func encode(_ event: CoordinatorEvent, into bytes: inout [UInt8]) -> RecordKind {
        switch event {
        case .prefixRegistered(let prefix):
            PrefixCoding.encode(prefix, into: &bytes)
            return CoordinatorRecordKind.prefixRegistered
        case .streamRegistered(let stream):
            StreamCoding.encode(stream, into: &bytes)
            return CoordinatorRecordKind.streamRegistered
        case .entriesAppended(let stream, let first, let entries, let count):
            bytes.appendVarint(stream.record.rawValue)
            bytes.appendVarint(first)
            bytes.appendVarint(count)
            bytes.append(contentsOf: entries)
            return CoordinatorRecordKind.entriesAppended
        case .entriesKept(let stream, let first, let count, let bundle):
            bytes.appendVarint(stream.record.rawValue)
            bytes.appendVarint(first)
            bytes.appendVarint(count)
            bytes.appendVarint(UInt64(bundle.part.lowerBound))
            bytes.appendVarint(UInt64(bundle.part.count))
            bytes.append(contentsOf: bundle.deflated)
            return CoordinatorRecordKind.entriesKept
        case .streamTerminated(let stream, let index, let time):
            bytes.appendVarint(stream.record.rawValue)
            bytes.appendVarint(index)
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.streamTerminated
        case .archivalTasked(let stream, let reason, let time):
            bytes.appendVarint(stream.record.rawValue)
            bytes.append(reason.rawValue)
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.archivalTasked
        case .configurationChanged(let configuration):
            configuration.encode(into: &bytes)
            return CoordinatorRecordKind.configurationChanged
        case .archivalLeased, .archivalReleased, .archivalFailed, .archivalDeleted,
            .streamArchived, .archivalPublished:
            return ArchivalCoding.encode(event, into: &bytes)
        case .streamPurged, .prefixDeleted, .streamsRemoved:
            return RemovalCoding.encode(event, into: &bytes)
        case .prefixHeld, .retentionPaused:
            return RetentionCoding.encode(event, into: &bytes)
        case .storageAccountSet(let caller, let credential, let time):
            bytes.appendLengthPrefixed(caller)
            bytes.appendLengthPrefixed(credential?.bytes ?? [])
            bytes.appendLittleEndian(time.microseconds)
            return CoordinatorRecordKind.storageAccountSet
        }
    }

    static func decode(_ record: Record) throws -> CoordinatorEvent {
        var reader = ByteReader(record.payload)
        let event = try decode(record, &reader)
        guard reader.isAtEnd else { throw Misfit("bytes follow the payload") }
        return event
    }

    private static func decode(
        _ record: Record, _ reader: inout ByteReader
    ) throws -> CoordinatorEvent {
        switch record.kind {
        case CoordinatorRecordKind.prefixRegistered:
            return .prefixRegistered(
                try PrefixCoding.decode(&reader, id: PrefixID(record: record.number)))
        case CoordinatorRecordKind.streamRegistered:
            return .streamRegistered(
                try StreamCoding.decode(&reader, id: StreamID(record: record.number)))
        case CoordinatorRecordKind.entriesAppended:
            let stream = try streamID(&reader)
            let first = try reader.varint()
            let count = try reader.varint()
            guard count > 0, count <= UInt64(reader.remaining) else {
                throw Misfit("an append of \(count) entries in \(reader.remaining) bytes")
            }
            return .entriesAppended(
                stream: stream, first: first, entries: try reader.take(reader.remaining),
                count: count)
        case CoordinatorRecordKind.entriesKept: return try entriesKept(&reader)
        case CoordinatorRecordKind.streamTerminated:
            return .streamTerminated(
                stream: try streamID(&reader), index: try reader.varint(),
                at: try timestamp(&reader))
        case CoordinatorRecordKind.archivalTasked:
            let stream = try streamID(&reader)
            guard let reason = ArchivalReason(rawValue: try reader.byte()) else {
                throw Misfit("an archival comes due for a reason that is not known")
            }
            return .archivalTasked(stream: stream, reason: reason, at: try timestamp(&reader))
        case CoordinatorRecordKind.configurationChanged:
            return .configurationChanged(try ConfigurationState(decoding: &reader))
        default:
            if record.kind == CoordinatorRecordKind.storageAccountSet {
                return try storageAccount(&reader)
            }
            if let event = try ArchivalCoding.decode(record.kind, &reader) { return event }
            if let event = try RemovalCoding.decode(record.kind, &reader) { return event }
            if let event = try RetentionCoding.decode(record.kind, &reader) { return event }
            throw Misfit("kind \(record.kind.rawValue) is not one of the Coordinator's")
        }
    }

    private static func storageAccount(_ reader: inout ByteReader) throws -> CoordinatorEvent {
        let caller = try reader.text()
        let hash = Array(try reader.lengthPrefixed())
        let credential = HashID(bytes: hash)
        guard hash.isEmpty || credential != nil else { throw Misfit("a hash has 32 bytes") }
        return .storageAccountSet(
            caller: caller, credential: credential, at: try timestamp(&reader))
    }

    private static func entriesKept(_ reader: inout ByteReader) throws -> CoordinatorEvent {
        let stream = try streamID(&reader)
        let first = try reader.varint()
        let count = try reader.varint()
        let start = try reader.varint()
        let length = try reader.varint()
        let most = UInt64(KeptBundle.mostLength)
        guard start <= most, length <= most - start, count > 0, count <= length else {
            throw Misfit("\(count) entries in \(length) bytes at \(start) of a bundle")
        }
        let part = Int(start)..<Int(start + length)
        let bundle = KeptBundle(deflated: try reader.take(reader.remaining), part: part)
        return .entriesKept(stream: stream, first: first, count: count, bundle: bundle)
    }

    static func streamID(_ reader: inout ByteReader) throws(ByteError) -> StreamID {
        StreamID(record: RecordNumber(rawValue: try reader.varint()))
    }

    static func timestamp(_ reader: inout ByteReader) throws(ByteError) -> Timestamp {
        let raw: UInt64 = try reader.littleEndian()
        return Timestamp(microseconds: Int64(bitPattern: raw))
    }
}
