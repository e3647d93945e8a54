import Coordinator
import Journal
import LogDogModel
import Platform
import Tumble

/// A value that dumps print, for people and for programs.
package enum DumpValue: Hashable, Sendable {
    case text(String)
    case number(UInt64)
    case texts([String])
}

/// What a record says, field by field, in a fixed order. Secrets are masked.
package struct RecordDescription: Sendable {
    /// As in EventFormat.md and ProcessorRecords.md.
    package let kind: String
    package private(set) var fields: [(name: String, value: DumpValue)] = []

    package init(of record: Record, _ machine: CoordinatorMachine = CoordinatorMachine()) {
        kind = Self.name(of: record.kind)
        guard record.kind != .index else {
            add("bytes", UInt64(record.payload.count))
            return
        }
        do throws(Misfit) {
            if (16...31).contains(record.kind.rawValue) {
                describe(try ProcessorEvent<CoordinatorMachine>(decoding: record, machine))
            } else {
                describe(try machine.decode(record))
            }
        } catch {
            // Shown raw: a dump hides nothing that it cannot read.
            add("undecodable", error.reason)
            add("bytes", UInt64(record.payload.count))
        }
    }

    /// Whether the record could be decoded.
    package var isDecoded: Bool { fields.first?.name != "undecodable" }

    package static func name(of kind: RecordKind) -> String {
        switch kind {
        case .index: "index"
        case ProcessorRecordKind.scheduled: "mutation scheduled"
        case ProcessorRecordKind.cancelled: "mutation cancelled"
        case ProcessorRecordKind.fired: "mutation fired"
        case ProcessorRecordKind.digest: "digest"
        case ProcessorRecordKind.clockReset: "clock reset"
        case CoordinatorRecordKind.prefixRegistered: "prefix registered"
        case CoordinatorRecordKind.streamRegistered: "stream registered"
        case CoordinatorRecordKind.entriesAppended: "entries appended"
        case CoordinatorRecordKind.streamTerminated: "stream terminated"
        case CoordinatorRecordKind.archivalTasked: "archival tasked"
        case CoordinatorRecordKind.configurationChanged: "configuration changed"
        case CoordinatorRecordKind.archivalLeased: "archival leased"
        case CoordinatorRecordKind.archivalReleased: "archival released"
        case CoordinatorRecordKind.archivalFailed: "archival failed"
        case CoordinatorRecordKind.archivalDeleted: "archival tasks deleted"
        case CoordinatorRecordKind.streamArchived: "stream archived"
        case CoordinatorRecordKind.streamPurged: "stream purged"
        case CoordinatorRecordKind.prefixDeleted: "prefix deleted"
        case CoordinatorRecordKind.streamsRemoved: "streams removed"
        default: "kind \(kind.rawValue)"
        }
    }

    private mutating func add(_ name: String, _ text: String) { fields.append((name, .text(text))) }
    private mutating func add(_ name: String, _ number: UInt64) {
        fields.append((name, .number(number)))
    }

    private mutating func describe(_ event: ProcessorEvent<CoordinatorMachine>) {
        switch event {
        case .scheduled(_, let scheduled):
            if let name = scheduled.name { add("name", name.rawValue) }
            add("root", scheduled.root.rawValue)
            add("due", scheduled.due.description)
            describe(scheduled.mutation)
        case .cancelled(let id): add("mutation", id.rawValue)
        case .fired(let id, let refused):
            add("mutation", id.rawValue)
            if let refused { add("refused", refused) }
        case .digest(let digest, let version):
            add("digest", digest.description)
            add("version", UInt64(version))
        case .clockReset(let time): add("to", time.description)
        }
    }

    private mutating func describe(_ mutation: CoordinatorMutation) {
        switch mutation {
        case .dispatchArchival(let dispatch):
            add("mutation", "dispatch archival")
            add("stream", dispatch.stream.record.rawValue)
            add("reason", "\(dispatch.reason)")
        case .releaseArchival(let release):
            add("mutation", "release archival")
            add("heldBy", release.hold.rawValue)
            add("tasks", release.tasks)
        case .removeStreams(let removal):
            add("mutation", "remove streams")
            add("prefix", removal.prefix.record.rawValue)
            add("reason", "\(removal.reason)")
        default: break  // Others are never scheduled.
        }
    }

    private mutating func add(_ name: String, _ tasks: [TaskID]) {
        fields.append((name, .texts(tasks.map { "\($0.record)" })))
    }

    private mutating func describe(_ event: CoordinatorEvent) {
        switch event {
        case .prefixRegistered(let prefix):
            add("project", prefix.project)
            add("prefix", prefix.prefix)
            add("id", prefix.hash.hex)
            if let realm = prefix.realm { add("realm", realm) }
            fields.append(("source", .texts(prefix.source)))
            add("secret", prefix.secret.description)
            add("created", prefix.created.description)
            add("expires", prefix.expires.description)
        case .streamRegistered(let stream):
            add("project", stream.project)
            add("path", stream.path.text)
            add("id", stream.hash.hex)
            add("prefix", stream.prefix.record.rawValue)
            add("type", "\(stream.descriptor.streamType)")
            add("contentType", stream.descriptor.contentType)
            fields.append(
                (
                    "tags",
                    .texts(stream.descriptor.tags.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
                ))
            add("created", stream.created.description)
            if let index = stream.terminalIndex { add("terminalIndex", index) }
        case .entriesAppended(let stream, let first, let entries, let count):
            add("stream", stream.record.rawValue)
            add("first", first)
            add("count", count)
            add("bytes", UInt64(entries.count))
        case .streamTerminated(let stream, let index, let time):
            add("stream", stream.record.rawValue)
            add("terminalIndex", index)
            add("at", time.description)
        case .archivalTasked(let stream, let reason, let time):
            add("stream", stream.record.rawValue)
            add("reason", "\(reason)")
            add("at", time.description)
        case .configurationChanged(let configuration):
            add(
                "hash",
                configuration.hash.map { byte in
                    String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
                }.joined())
            add("since", configuration.since.description)
            add("text", configuration.text)
        case .archivalLeased(let tasks, let until):
            add("tasks", tasks)
            add("until", until.description)
        case .archivalReleased(let tasks), .archivalDeleted(let tasks): add("tasks", tasks)
        case .archivalFailed(let task, let until, let reason):
            add("task", task.record.rawValue)
            add("until", until.description)
            add("reason", reason)
        case .streamArchived(let stream, let terminalIndex, let archive):
            add("stream", stream.record.rawValue)
            if let terminalIndex { add("terminalIndex", terminalIndex) }
            describe(archive)
        case .streamPurged(let stream, let purged, let time):
            add("stream", stream.record.rawValue)
            add("purged", "\(purged)")
            add("at", time.description)
        case .prefixDeleted(let prefix, let time):
            add("prefix", prefix.record.rawValue)
            add("at", time.description)
        case .streamsRemoved(let prefix, let streams, let prefixToo):
            add("prefix", prefix.record.rawValue)
            fields.append(("streams", .texts(streams.map { "\($0.record)" })))
            add("prefixToo", "\(prefixToo)")
        }
    }

    private mutating func describe(_ archive: ArchiveInfo) {
        add("at", archive.time.description)
        add("entries", archive.entryCount)
        for (name, object) in [
            ("stream", archive.stream), ("index", archive.index), ("data", archive.data),
        ] where !object.url.isEmpty {
            add("\(name)URL", object.url)
            add("\(name)Size", object.size)
        }
    }
}
