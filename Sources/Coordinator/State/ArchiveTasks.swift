import Journal
import Platform
import Tumble

/// All archival tasks that have come due and are not done, and the queue of those that are ready.
package struct ArchiveTasks: Hashable, Sendable {
    private var tasks: [TaskID: ArchiveTask] = [:]
    private var ready = ReadyQueue()
    private var byStream: [StreamID: Set<TaskID>] = [:]
    /// Of all of them.
    package private(set) var digest = StateDigest()

    init() {}

    /// From the rows of a catalog.
    init(_ stored: [ArchiveTask]) {
        let inOrder = stored.sorted {
            ($0.placeValues.record, $0.id) < ($1.placeValues.record, $1.id)
        }
        for task in inOrder { insert(task) }
    }

    /// How many there are.
    package var count: Int { tasks.count }
    /// How many may be handed out now.
    package var readyCount: Int { ready.count }

    /// When the one that has waited longest came due; nil if there are none. Costs all of them.
    package var oldestDue: Timestamp? { tasks.values.lazy.map(\.due).min() }

    package subscript(_ id: TaskID) -> ArchiveTask? { tasks[id] }

    /// In the order of their records.
    package var all: [ArchiveTask] { tasks.values.sorted { $0.id < $1.id } }

    /// Those that have waited longest, `limit` at most.
    func ready(atMost limit: Int) -> [ArchiveTask] { ready.first(limit).compactMap { tasks[$0] } }

    /// Those of one stream, in the order of their records.
    func ids(of stream: StreamID) -> [TaskID] { (byStream[stream] ?? []).sorted() }

    /// When the last lease of a task of that stream ends; nil if nobody holds one.
    func leaseEnd(of stream: StreamID) -> Timestamp? {
        guard let ids = byStream[stream] else { return nil }
        return ids.compactMap { id in
            if case .leased(_, let until)? = tasks[id]?.place { return until }
            return nil
        }.max()
    }

    /// Whether an archivist has, or had, a task of that stream.
    func wasHandedOut(_ stream: StreamID) -> Bool {
        (byStream[stream] ?? []).contains { id in
            tasks[id].map { $0.retries > 0 || $0.hold != nil } ?? false
        }
    }

    mutating func insert(_ task: ArchiveTask) {
        tasks[task.id] = task
        byStream[task.stream, default: []].insert(task.id)
        digest.add(task.digestEncoding)
        if case .ready(let since) = task.place { ready.append(task.id, since: since) }
    }

    @discardableResult
    mutating func remove(_ id: TaskID) -> ArchiveTask? {
        guard let task = tasks.removeValue(forKey: id) else { return nil }
        byStream[task.stream]?.remove(id)
        if byStream[task.stream]?.isEmpty == true { byStream[task.stream] = nil }
        digest.remove(task.digestEncoding)
        if case .ready(let since) = task.place { ready.remove(id, since: since) }
        return task
    }

    /// Puts a task in place of the one of the same number.
    mutating func update(_ task: ArchiveTask) {
        remove(task.id)
        insert(task)
    }
}
