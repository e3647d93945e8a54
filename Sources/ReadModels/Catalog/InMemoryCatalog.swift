import Coordinator
import Journal
import Platform

/// A catalog that is gone with the process: for tests, simulations, and where no file is wanted.
package final class InMemoryCatalog: Catalog {
    private struct State {
        var checkpoint: CatalogCheckpoint
        var prefixes: [PrefixID: PrefixState] = [:]
        var streams: [StreamID: StreamState] = [:]
        var tasks: [TaskID: ArchiveTask] = [:]
        var pending: [RecordNumber: CoordinatorPending] = [:]
        var segments: Set<RecordNumber> = []
        var configuration: ConfigurationState?
        var retention: RetentionState?
    }

    private let state: Lock<State>

    package init(machine: CoordinatorMachine) {
        state = Lock(
            State(
                checkpoint: CatalogCheckpoint(
                    reached: .none, time: .zero,
                    digest: machine.digest(of: machine.initialState()), openStreams: 0)))
    }

    /// With the rows of another one.
    package convenience init(machine: CoordinatorMachine, _ contents: CatalogContents) {
        self.init(machine: machine)
        state.withLock { state in
            state.checkpoint = contents.checkpoint
            for prefix in contents.prefixes { state.prefixes[prefix.id] = prefix }
            for stream in contents.streams { state.streams[stream.id] = stream }
            for task in contents.tasks { state.tasks[task.id] = task }
            for pending in contents.pending { state.pending[pending.id] = pending }
            state.segments = Set(contents.segments)
            state.configuration = contents.configuration
            state.retention = contents.retention
        }
    }

    /// The last record that it holds.
    package var reached: RecordNumber { state.withLock { $0.checkpoint.reached } }

    package func load() throws(CatalogError) -> CatalogContents {
        state.withLock { state in
            var contents = CatalogContents(checkpoint: state.checkpoint)
            contents.prefixes = state.prefixes.values.sorted { $0.id < $1.id }
            contents.streams = state.streams.values.sorted { $0.id < $1.id }
            contents.tasks = state.tasks.values.sorted { $0.id < $1.id }
            contents.pending = state.pending.values.sorted { $0.id < $1.id }
            contents.segments = state.segments.sorted()
            contents.configuration = state.configuration
            contents.retention = state.retention
            return contents
        }
    }

    package func loadWarm(grace: Duration) throws(CatalogError) -> CatalogContents {
        try load().warm(grace: grace)
    }

    package func find(_ subject: FamilySubject) throws(CatalogError) -> FoundEntity? {
        state.withLock { state in
            let found = Self.find(subject, in: state)
            return found?.prefix.deleted == nil ? found : nil
        }
    }

    package func family(of subject: FamilySubject) throws(CatalogError) -> Family? {
        state.withLock { state in
            Self.find(subject, in: state).map { found in
                let streams = state.streams.values.filter { $0.prefix == found.prefix.id }
                return Family(prefix: found.prefix, streams: streams)
            }
        }
    }

    private static func find(_ subject: FamilySubject, in state: State) -> FoundEntity? {
        switch subject {
        case .prefix(let key):
            state.prefixes.values.first { $0.key == key && $0.deleted == nil }
                .map { FoundEntity(prefix: $0, stream: nil) }
        case .prefixID(let id):
            state.prefixes[id].map { FoundEntity(prefix: $0, stream: nil) }
        case .stream(let key):
            state.streams.values.lazy.filter { $0.key == key }
                .compactMap { found($0, in: state) }.first { $0.prefix.deleted == nil }
        case .streamID(let id): state.streams[id].flatMap { found($0, in: state) }
        }
    }

    private static func found(_ stream: StreamState, in state: State) -> FoundEntity? {
        state.prefixes[stream.prefix].map { FoundEntity(prefix: $0, stream: stream) }
    }

    package func record(_ changes: CatalogChanges) throws(CatalogError) {
        state.withLock { state in
            for (id, prefix) in changes.prefixes { state.prefixes[id] = prefix }
            for (id, stream) in changes.streams { state.streams[id] = stream }
            for id in changes.removedStreams { state.streams[id] = nil }
            for id in changes.removedPrefixes { state.prefixes[id] = nil }
            for (id, task) in changes.tasks { state.tasks[id] = task }
            for id in changes.settled { state.pending[id] = nil }
            for (id, mutation) in changes.scheduled { state.pending[id] = mutation }
            state.segments.formUnion(changes.segments)
            state.configuration = changes.configuration ?? state.configuration
            state.retention = changes.retention ?? state.retention
            state.checkpoint = changes.checkpoint
        }
    }

    package func query(_ query: CatalogQuery) throws(CatalogError) -> CatalogPage {
        let search = query.query
        let matching = state.withLock { state in
            state.streams.values.filter { stream in
                guard let prefix = state.prefixes[stream.prefix], search.matches(stream) else {
                    return false
                }
                if let wanted = query.prefix { return wanted == prefix.id }
                return stream.project == search.project && search.mayList(prefix.fullRealm)
            }
        }
        let following = matching.sorted { search.search.ordersBefore($0, $1) }
            .prefix(search.pageLimit)
        return CatalogPage(
            hits: Array(following), isFull: following.count == search.pageLimit)
    }

    package func projects() throws(CatalogError) -> [String] {
        state.withLock { Set($0.streams.values.map(\.project)).sorted() }
    }

    package func candidates(
        _ query: RetentionQuery
    ) throws(CatalogError) -> [RetentionCandidate] {
        let found = state.withLock { state in
            state.streams.values.filter { stream in
                let prefix = state.prefixes[stream.prefix]
                return stream.project == query.project && prefix?.held == nil
                    && prefix?.deleted == nil
            }
        }
        let wanted = found.map(RetentionCandidate.init).filter(query.wants)
        return Array(wanted.sorted { $0.isBefore($1) }.prefix(query.limit))
    }

    package func archived(of project: String) throws(CatalogError) -> ArchivedTotals {
        state.withLock { state in
            var totals = ArchivedTotals()
            for stream in state.streams.values
            where stream.project == project && stream.archive != nil {
                totals.streams += 1
                totals.bytes &+= RetentionCandidate(stream).bytes
            }
            return totals
        }
    }

    package func close() {}
}
