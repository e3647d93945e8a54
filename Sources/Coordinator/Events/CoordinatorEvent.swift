import Journal
import LogDogModel
import Platform

/// What has happened. Kinds of `DESIGN.md §7` that no rule makes yet have their numbers reserved
/// in EventFormat.md.
package enum CoordinatorEvent: Hashable, Sendable {
    indirect case prefixRegistered(PrefixState)
    indirect case streamRegistered(StreamState)
    /// `count` RecordIO frames, one serialized entry each, numbered from `first`.
    case entriesAppended(
        stream: StreamID, first: UInt64, entries: ArraySlice<UInt8>, count: UInt64)
    /// `count` entries, numbered from `first`, in a bundle that is kept as it came.
    case entriesKept(stream: StreamID, first: UInt64, count: UInt64, bundle: KeptBundle)
    case streamTerminated(stream: StreamID, index: UInt64, at: Timestamp)
    /// The archival of a stream has come due: its task is in the ready queue.
    case archivalTasked(stream: StreamID, reason: ArchivalReason, at: Timestamp)
    indirect case configurationChanged(ConfigurationState)
    /// The same in the classic dialect: also the stream is tasked only now, and has its key.
    case archivalPublished(
        stream: StreamID, reason: ArchivalReason, key: [UInt8], terms: ClassicTerms,
        at: Timestamp)
    /// An archivist has been given tasks, which are hidden until then. Ascending by the time for
    /// which they were ready.
    case archivalLeased(tasks: [TaskID], until: Timestamp)
    /// Tasks that were hidden are ready again, with one more retry.
    case archivalReleased(tasks: [TaskID])
    /// An archivist has given a task back; it is hidden until then.
    case archivalFailed(task: TaskID, until: Timestamp, reason: String)
    /// Tasks are done, or nothing is left to do for them.
    case archivalDeleted(tasks: [TaskID])
    /// The end of a stream's life among the live ones; its last index is now the archive's.
    indirect case streamArchived(stream: StreamID, terminalIndex: UInt64?, archive: ArchiveInfo)
    /// A stream is hidden from everybody but administrators, or shown again.
    case streamPurged(stream: StreamID, purged: Bool, at: Timestamp)
    /// No name finds a prefix and its streams any more.
    case prefixDeleted(prefix: PrefixID, at: Timestamp)
    /// Streams of one prefix have left, ascending; with the last ones also a deleted prefix.
    case streamsRemoved(prefix: PrefixID, streams: [StreamID], prefixToo: Bool)
    /// An administrator set a credential that nothing has a use for, or cleared it with nil.
    case storageAccountSet(caller: String, credential: HashID?, at: Timestamp)

    /// A prefix is on legal hold, or no longer.
    case prefixHeld(prefix: PrefixID, held: Bool, at: Timestamp)
    /// Retention stands still, or goes on.
    case retentionPaused(RetentionState)

    /// The prefix that it makes, changes or removes.
    package var prefix: PrefixID? {
        switch self {
        case .prefixRegistered(let prefix): prefix.id
        case .prefixDeleted(let prefix, _), .prefixHeld(let prefix, _, _): prefix
        case .streamsRemoved(let prefix, _, true): prefix
        default: nil
        }
    }

    /// The streams that it makes, changes or removes.
    package var streams: [StreamID] {
        if case .streamsRemoved(_, let streams, _) = self { return streams }
        return stream.map { [$0] } ?? []
    }

    /// The one stream that it is about.
    package var stream: StreamID? {
        switch self {
        case .prefixRegistered, .configurationChanged: nil
        case .streamRegistered(let stream): stream.id
        case .entriesAppended(let stream, _, _, _): stream
        case .entriesKept(let stream, _, _, _): stream
        case .streamTerminated(let stream, _, _): stream
        case .archivalTasked(let stream, _, _): stream
        case .archivalPublished(let stream, _, _, _, _): stream
        case .streamArchived(let stream, _, _): stream
        case .streamPurged(let stream, _, _): stream
        case .prefixDeleted, .streamsRemoved, .storageAccountSet: nil
        case .prefixHeld, .retentionPaused: nil
        case .archivalLeased, .archivalReleased, .archivalFailed, .archivalDeleted: nil
        }
    }

    /// The tasks that it changes, makes or removes.
    ///
    /// - Parameter number: the number of its record.
    package func tasks(numbered number: RecordNumber) -> [TaskID] {
        switch self {
        case .archivalTasked, .archivalPublished: [TaskID(record: number)]
        case .archivalLeased(let tasks, _), .archivalReleased(let tasks),
            .archivalDeleted(let tasks):
            tasks
        case .archivalFailed(let task, _, _): [task]
        default: []
        }
    }
}

/// Why an archival comes due.
package enum ArchivalReason: UInt8, Sendable {
    /// The stream was terminated a settle delay ago.
    case terminated = 1
    /// It has been open for as long as a stream may be.
    case expired = 2
}
