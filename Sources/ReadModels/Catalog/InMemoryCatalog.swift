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
                    digest: machine.digest(of: machine.initialState()))))
    }

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
