import Journal
import Platform
import Tumble

// What events do to the state.
extension CoordinatorMachine {
    package func apply(
        _ event: CoordinatorEvent, numbered number: RecordNumber, to state: inout CoordinatorState
    ) throws(Misfit) {
        switch event {
        case .prefixRegistered(let prefix):
            guard prefix.id.record == number else { throw Misfit("a prefix is its record") }
            guard state.prefix(prefix.key) == nil else { throw Misfit("the prefix is there") }
            state.insert(prefix)
        case .streamRegistered(let stream):
            guard stream.id.record == number else { throw Misfit("a stream is its record") }
            guard state.stream(stream.key) == nil else { throw Misfit("the stream is there") }
            guard state.prefixes[stream.prefix] != nil else {
                throw Misfit("the prefix of the stream is not there")
            }
            state.insert(stream)
        case .entriesAppended(let id, let first, _, let count),
            .entriesKept(let id, let first, let count, _):
            let (end, overflow) = first.addingReportingOverflow(count)
            guard !overflow, state.receive(first..<end, of: id) else {
                throw Misfit("entries of a stream that is not there or archived")
            }
        case .streamTerminated(let id, let index, let time):
            var stream = try Self.stream(id, in: state)
            guard !stream.isTerminated else { throw Misfit("a stream is terminated at most once") }
            stream.terminalIndex = index
            stream.terminatedAt = time
            stream.updated = max(stream.updated, time)
            state.update(stream)
        case .streamArchived(let id, let terminalIndex, let archive):
            try Self.archive(id, terminalIndex, archive, in: &state)
        case .archivalTasked(let id, let reason, let time):
            _ = try Self.stream(id, in: state)
            state.tasks.insert(
                ArchiveTask(
                    id: TaskID(record: number), stream: id, reason: reason, due: time, retries: 0,
                    place: .ready(since: number), failure: ""))
        case .archivalPublished(let id, let reason, let key, let terms, let time):
            var stream = try Self.stream(id, in: state)
            guard stream.archivalState == .notArchived else {
                throw Misfit("the archival of a stream is published at most once")
            }
            stream.archivalKey = key
            state.update(stream)
            state.tasks.insert(
                ArchiveTask(
                    id: TaskID(record: number), stream: id, reason: reason, due: time, retries: 0,
                    place: .ready(since: number), failure: "", classic: terms))
        case .archivalLeased(let ids, let until):
            for var task in try Self.tasks(ids, hidden: false, in: state) {
                task.place = .leased(by: number, until: until)
                state.tasks.update(task)
            }
        case .archivalReleased(let ids):
            for var task in try Self.tasks(ids.sorted(), hidden: true, in: state) {
                task.place = .ready(since: number)
                task.retries &+= 1
                state.tasks.update(task)
            }
        case .archivalFailed(let id, let until, let reason):
            for var task in try Self.tasks([id], in: state) {
                task.place = .backingOff(from: number, until: until)
                task.failure = reason
                state.tasks.update(task)
            }
        case .archivalDeleted(let ids):
            for task in try Self.tasks(ids, in: state) { state.tasks.remove(task.id) }
        case .configurationChanged(let configuration): state.configuration = configuration
        case .prefixHeld(let id, let held, let time):
            guard let prefix = state.prefixes[id], prefix.deleted == nil,
                (prefix.held != nil) != held
            else { throw Misfit("the prefix is not there, deleted, or held just so already") }
            state.hold(prefix, since: held ? time : nil)
        case .retentionPaused(let retention): state.retention = retention
        case .storageAccountSet: break  // For the record alone.
        case .streamPurged(let id, let purged, let time):
            var stream = try Self.stream(id, in: state)
            stream.purged = purged
            stream.updated = max(stream.updated, time)
            state.update(stream)
        case .prefixDeleted(let id, let time):
            guard let prefix = state.prefixes[id], prefix.deleted == nil else {
                throw Misfit("the prefix is not there, or deleted already")
            }
            state.delete(prefix, at: time)
        case .streamsRemoved(let id, let streams, let prefixToo):
            try Self.remove(streams, of: id, prefixToo: prefixToo, from: &state)
        }
    }

    private static func stream(
        _ id: StreamID, in state: CoordinatorState
    ) throws(Misfit) -> StreamState {
        guard let stream = state.streams[id] else { throw Misfit("the stream is not there") }
        return stream
    }

    /// All of them, or none: what does not fit leaves the state as it was.
    ///
    /// - Parameter hidden: whether they have to be; nil if it does not matter.
    private static func tasks(
        _ ids: [TaskID], hidden: Bool? = nil, in state: CoordinatorState
    ) throws(Misfit) -> [ArchiveTask] {
        var tasks: [ArchiveTask] = []
        for id in ids {
            guard let task = state.tasks[id] else { throw Misfit("a task is not there") }
            if let hidden, hidden != (task.hold != nil) {
                throw Misfit("a task was \(hidden ? "not " : "")hidden when its place changed")
            }
            tasks.append(task)
        }
        return tasks
    }

    private static func remove(
        _ streams: [StreamID], of id: PrefixID, prefixToo: Bool, from state: inout CoordinatorState
    ) throws(Misfit) {
        guard let prefix = state.prefixes[id] else { throw Misfit("the prefix is not there") }
        for stream in streams {
            guard state.streams[stream]?.prefix == id, state.tasks.ids(of: stream).isEmpty else {
                throw Misfit("a stream of another prefix, or one that has tasks, is not removed")
            }
        }
        let isLast = state.streamIDs(of: id).count == streams.count
        guard !prefixToo || (isLast && prefix.deleted != nil) else {
            throw Misfit("only a deleted prefix leaves, with its last streams")
        }
        state.remove(streams, of: id)
        if prefixToo { state.remove(prefix) }
    }

    private static func archive(
        _ id: StreamID, _ terminalIndex: UInt64?, _ archive: ArchiveInfo,
        in state: inout CoordinatorState
    ) throws(Misfit) {
        var stream = try Self.stream(id, in: state)
        guard stream.archive == nil else { throw Misfit("a stream is archived at most once") }
        stream.archive = archive
        stream.archivalKey = []
        stream.terminalIndex = terminalIndex
        stream.terminatedAt = stream.terminatedAt ?? archive.time
        stream.updated = max(stream.updated, archive.time)
        stream.received = ReceivedRanges()
        state.update(stream)
    }
}
