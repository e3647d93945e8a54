import Coordinator
import Journal
import Platform
import Tumble

/// The prefixes and streams whose rows a commit changes, as the commit leaves them.
struct ChangedEntities {
    private(set) var prefixes: [PrefixID: PrefixState] = [:]
    private(set) var streams: [StreamID: StreamState] = [:]
    private(set) var removedPrefixes: Set<PrefixID> = []
    private(set) var removedStreams: Set<StreamID> = []
    private(set) var configuration: ConfigurationState?
    private(set) var retention: RetentionState?
    /// Nil for one that is gone.
    private(set) var tasks: [TaskID: ArchiveTask?] = [:]

    /// Notes what `event` changed in `state`, which it has just been applied to. Appends change
    /// no row.
    mutating func note(
        _ event: CoordinatorEvent, numbered number: RecordNumber, in state: CoordinatorState
    ) {
        switch event {
        case .entriesAppended, .entriesKept: break
        case .configurationChanged: configuration = state.configuration
        case .retentionPaused: retention = state.retention
        default:
            if let id = event.prefix {
                prefixes[id] = state.prefixes[id]
                if prefixes[id] == nil { removedPrefixes.insert(id) }
            }
            for id in event.streams {
                streams[id] = state.streams[id]?.withoutReceivedRanges()
                if streams[id] == nil { removedStreams.insert(id) }
            }
            for id in event.tasks(numbered: number) { tasks[id] = .some(state.tasks[id]) }
        }
    }
}

extension CatalogChanges {
    /// What `commit` changes.
    init(
        of commit: DurableCommit<CoordinatorMachine>, _ changed: ChangedEntities,
        _ checkpoint: CatalogCheckpoint
    ) {
        self.init(checkpoint: checkpoint)
        prefixes = changed.prefixes
        streams = DeliberateFault.catalogForgetsRow.isOn ? [:] : changed.streams
        configuration = changed.configuration
        retention = changed.retention
        removedPrefixes = changed.removedPrefixes
        removedStreams = changed.removedStreams
        tasks = changed.tasks
        eventCount = commit.events.count + commit.processor.count
        for run in commit.runs { segments.insert(run.block.segment) }
        for event in commit.processor {
            switch event {
            case .scheduled(let id, let mutation):
                schedule(
                    CoordinatorPending(id: id, scheduled: mutation, attempts: 0), id: id)
            case .cancelled(let id): settle(id)
            case .fired where DeliberateFault.catalogKeepsFired.isOn: break
            case .fired(let id, _): settle(id)
            case .digest, .clockReset: break
            }
        }
    }
}

extension StreamState {
    /// As a catalog keeps it: what was received is known to the journal alone. Nor do rows that
    /// wait for the catalog share the ranges with a state that goes on changing them.
    fileprivate func withoutReceivedRanges() -> StreamState {
        var copy = self
        copy.received = ReceivedRanges()
        return copy
    }
}
