import Coordinator
import Journal
import LogDogModel
import Platform
import Tumble

// What a record says, field by field, in a fixed order. Secrets are masked. Every switch here is
// exhaustive: a new event or mutation does not compile until it is described.
extension RecordContent {
    /// - Parameter showsEntries: whether log entries are laid open, not only counted.
    func fields(showsEntries: Bool) -> [OutputField] {
        switch self {
        case .index: []
        case .processor(let event): Self.fields(of: event)
        case .event(let event): Self.fields(of: event, showsEntries)
        case .undecodable(let reason): [OutputField("undecodable", reason)]
        }
    }

    private static func fields(of event: ProcessorEvent<CoordinatorMachine>) -> [OutputField] {
        switch event {
        case .scheduled(_, let scheduled):
            fields(of: scheduled)
        case .cancelled(let id): [OutputField("scheduled", id.rawValue)]
        case .fired(let id, let refused):
            [
                OutputField("scheduled", id.rawValue),
                OutputField("refused", refused.map(OutputValue.text) ?? .none),
            ]
        case .digest(let digest, let version):
            [
                OutputField("digest", digest.description),
                OutputField("digestVersion", UInt64(version)),
            ]
        case .clockReset(let time): [OutputField("to", time)]
        }
    }

    static func fields(
        of scheduled: ScheduledMutation<CoordinatorMachine>
    ) -> [OutputField] {
        [
            OutputField("name", scheduled.name.map { .text($0.rawValue) } ?? .none),
            OutputField("root", scheduled.root.rawValue),
            OutputField("due", scheduled.due),
            OutputField("highPriority", scheduled.highPriority),
        ] + fields(of: scheduled.mutation)
    }

    private static func fields(of mutation: CoordinatorMutation) -> [OutputField] {
        switch mutation {
        case .dispatchArchival(let dispatch):
            [
                OutputField("mutation", "dispatch archival"),
                OutputField("stream", dispatch.stream.record.rawValue),
                OutputField("reason", "\(dispatch.reason)"),
            ] + delays(dispatch.classic)
        case .releaseArchival(let release):
            [
                OutputField("mutation", "release archival"),
                OutputField("heldBy", release.hold.rawValue), tasks(release.tasks),
            ]
        case .removeStreams(let removal):
            [
                OutputField("mutation", "remove streams"),
                OutputField("prefix", removal.prefix.record.rawValue),
                OutputField("reason", "\(removal.reason)"),
            ]
        case .abandonStream(let abandonment):
            [
                OutputField("mutation", "abandon stream"),
                OutputField("stream", abandonment.stream.record.rawValue),
            ]
        case .removeArchives(let removal):
            [
                OutputField("mutation", "remove archives"),
                OutputField("prefix", removal.prefix.record.rawValue),
                OutputField(
                    "streams", .list(removal.archives.map { .number($0.stream.record.rawValue) })),
            ]
        // Clients' calls are decided at once and never scheduled.
        case .registerPrefix: [OutputField("mutation", "register prefix")]
        case .registerStream: [OutputField("mutation", "register stream")]
        case .deliver: [OutputField("mutation", "deliver entries")]
        case .terminateStream: [OutputField("mutation", "terminate stream")]
        case .changeConfiguration: [OutputField("mutation", "change configuration")]
        case .leaseArchiveTasks: [OutputField("mutation", "lease archive tasks")]
        case .failArchival: [OutputField("mutation", "fail archival")]
        case .rescheduleArchiveTask: [OutputField("mutation", "reschedule archive task")]
        case .deleteArchiveTasks: [OutputField("mutation", "delete archive tasks")]
        case .archiveStream: [OutputField("mutation", "archive stream")]
        case .deletePrefix: [OutputField("mutation", "delete prefix")]
        case .purgeStream: [OutputField("mutation", "purge stream")]
        case .setStorageAccount: [OutputField("mutation", "set storage account")]
        case .expireStreams: [OutputField("mutation", "expire streams")]
        case .holdPrefix: [OutputField("mutation", "hold prefix")]
        case .pauseRetention: [OutputField("mutation", "pause retention")]
        case .archivesRemoved: [OutputField("mutation", "archives removed")]
        }
    }

    private static func fields(
        of event: CoordinatorEvent, _ showsEntries: Bool
    ) -> [OutputField] {
        switch event {
        case .prefixRegistered(let prefix): fields(of: prefix)
        case .streamRegistered(let stream): fields(of: stream)
        case .entriesAppended(let stream, let first, let entries, let count):
            [
                OutputField("stream", stream.record.rawValue), OutputField("first", first),
                OutputField("count", count), OutputField("bytes", entries.count),
            ]
                + (showsEntries
                    ? [EntryDescription.field(ofFrames: entries, first: first)] : [])
        case .entriesKept(let stream, let first, let count, let bundle):
            [
                OutputField("stream", stream.record.rawValue), OutputField("first", first),
                OutputField("count", count), OutputField("bytes", bundle.deflated.count),
            ] + (showsEntries ? [EntryDescription.field(of: bundle, first: first)] : [])
        case .streamTerminated(let stream, let index, let time):
            [
                OutputField("stream", stream.record.rawValue),
                OutputField("terminalIndex", index), OutputField("at", time),
            ]
        case .archivalTasked(let stream, let reason, let time):
            [
                OutputField("stream", stream.record.rawValue),
                OutputField("reason", "\(reason)"), OutputField("at", time),
            ]
        case .archivalPublished(let stream, let reason, let key, let terms, let time):
            [
                OutputField("stream", stream.record.rawValue),
                OutputField("reason", "\(reason)"), OutputField("at", time),
                OutputField("key", hex: key),
            ] + delays(terms)
        case .storageAccountSet(let caller, let credential, let time):
            [
                OutputField("caller", caller),
                OutputField(
                    "credential", credential.map { OutputValue.text($0.hex) } ?? .none),
                OutputField("at", time),
            ]
        case .archivalLeased(let ids, let until): [tasks(ids), OutputField("until", until)]
        case .archivalReleased(let ids), .archivalDeleted(let ids): [tasks(ids)]
        case .archivalFailed(let task, let until, let reason):
            [
                OutputField("task", task.record.rawValue), OutputField("until", until),
                OutputField("reason", reason),
            ]
        case .streamArchived(let stream, let terminalIndex, let archive):
            [
                OutputField("stream", stream.record.rawValue),
                OutputField("terminalIndex", terminalIndex.map(OutputValue.number) ?? .none),
            ] + fields(of: archive)
        case .streamPurged(let stream, let purged, let time):
            [
                OutputField("stream", stream.record.rawValue), OutputField("purged", purged),
                OutputField("at", time),
            ]
        case .prefixHeld(let prefix, let held, let time):
            [
                OutputField("prefix", prefix.record.rawValue), OutputField("held", held),
                OutputField("at", time),
            ]
        case .retentionPaused(let retention):
            [OutputField("paused", retention.isPaused), OutputField("at", retention.since)]
        case .prefixDeleted(let prefix, let time):
            [OutputField("prefix", prefix.record.rawValue), OutputField("at", time)]
        case .streamsRemoved(let prefix, let streams, let prefixToo):
            [
                OutputField("prefix", prefix.record.rawValue),
                OutputField("streams", .list(streams.map { .number($0.record.rawValue) })),
                OutputField("prefixToo", prefixToo),
            ]
        case .configurationChanged(let configuration): fields(of: configuration)
        }
    }

    /// In microseconds; nothing in the current dialect.
    private static func delays(_ terms: ClassicTerms?) -> [OutputField] {
        guard let terms else { return [] }
        return [("settle", terms.settle), ("complete", terms.complete)].map { name, delay in
            OutputField(name, UInt64(max(0, delay.wholeMicroseconds)))
        }
    }

    private static func tasks(_ ids: [TaskID]) -> OutputField {
        OutputField("tasks", .list(ids.map { .number($0.record.rawValue) }))
    }

    static func fields(of archive: ArchiveInfo) -> [OutputField] {
        let objects = [
            ("archiveStream", archive.stream), ("archiveIndex", archive.index),
            ("archiveData", archive.data),
        ]
        return [OutputField("at", archive.time), OutputField("entries", archive.entryCount)]
            + objects.map { name, object in
                OutputField(
                    name,
                    object.url.isEmpty
                        ? .none
                        : .object([
                            OutputField("url", object.url), OutputField("size", object.size),
                        ]))
            }
    }

    private static func fields(of configuration: ConfigurationState) -> [OutputField] {
        [
            OutputField("hash", hex: configuration.hash),
            OutputField("since", configuration.since), OutputField("text", configuration.text),
        ]
    }

    static func fields(of prefix: PrefixState) -> [OutputField] {
        [
            OutputField("project", prefix.project), OutputField("prefix", prefix.prefix),
            OutputField("hash", prefix.hash.hex),
            OutputField("realm", prefix.realm.map(OutputValue.text) ?? .none),
            OutputField("source", texts: prefix.source),
            OutputField("secret", prefix.secret.description),
            OutputField("nonce", .bytes(prefix.nonce)),
            OutputField("created", prefix.created), OutputField("expires", prefix.expires),
        ]
    }

    static func fields(of stream: StreamState) -> [OutputField] {
        let descriptor = stream.descriptor
        let tags = descriptor.tags.sorted { $0.key < $1.key }
        return [
            OutputField("project", stream.project), OutputField("path", stream.path.text),
            OutputField("hash", stream.hash.hex),
            OutputField("prefix", stream.prefix.record.rawValue),
            OutputField("protoVersion", stream.protoVersion),
            OutputField("streamType", "\(descriptor.streamType)"),
            OutputField("contentType", descriptor.contentType),
            OutputField("tags", .object(tags.map { OutputField($0.key, $0.value) })),
            OutputField("secret", stream.secret.description),
            OutputField("created", stream.created),
            OutputField("terminalIndex", stream.terminalIndex.map(OutputValue.number) ?? .none),
        ]
    }
}
