import Coordinator
import Journal
import LogDogModel
import Platform
import Synchronization
import Tumble

/// What is live, as of the last durable commit: prefixes, streams, where entries are, who follows.
///
/// Fed with the events of durable commits, in order, before anybody is told that they are done;
/// never with the writer's own state, which may be ahead. It applies them with the machine's own
/// `apply`, so that it cannot come to another state than replay does.
package final class HotModel: Sendable {
    /// Events that are applied in one go while readers wait: a few microseconds.
    private static let slice = 32

    let locations = EntryLocations()
    private let machine: CoordinatorMachine
    private let entities: Lock<CoordinatorState>
    private let recent: RecentEntries
    private let lastPublished: Atomic<UInt64>

    /// - Parameter snapshot: what the catalog held; `.initial` without one.
    package init(
        machine: CoordinatorMachine, snapshot: Snapshot<CoordinatorMachine>,
        recentCapacity: Int = RecentEntries.defaultCapacity
    ) {
        self.machine = machine
        entities = Lock(snapshot.state)
        recent = RecentEntries(capacity: recentCapacity)
        lastPublished = Atomic(snapshot.reached.rawValue)
    }

    /// The last record that readers see.
    package var published: RecordNumber {
        RecordNumber(rawValue: lastPublished.load(ordering: .acquiring))
    }

    /// How many bytes of entries are in memory.
    package var recentBytes: Int { recent.bytes }

    package func prefix(project: String, hash: HashID) -> PrefixState? {
        entities.withLock { $0.prefix(PrefixKey(project: project, hash: hash)) }
    }

    package func stream(project: String, hash: HashID) -> StreamState? {
        entities.withLock { $0.stream(StreamKey(project: project, hash: hash)) }
    }

    package func prefix(_ id: PrefixID) -> PrefixState? { entities.withLock { $0.prefixes[id] } }

    /// Nil also for a stream of a deleted prefix.
    package func stream(_ id: StreamID) -> StreamState? { entities.withLock { $0.stream(id) } }

    /// How many archivals have come due and are not done, and since when the oldest waits.
    package var archivalBacklog: (tasks: Int, since: Timestamp?) {
        entities.withLock { ($0.tasks.count, $0.tasks.oldestDue) }
    }

    /// Whether retention stands still.
    package var retention: RetentionState { entities.withLock { $0.retention } }

    /// Ends all follows.
    package func stop() { locations.stop() }

    func checkRunning() throws(ReadError) {
        if locations.isStopped { throw .stopped }
    }
}

// Publishing, on one thread at a time.
extension HotModel {
    /// Makes a durable commit visible, and returns what it changes in the catalog.
    ///
    /// - Parameter isLive: whether the commit is new. While a journal is replayed the locations
    ///   are known already (`LocationRecovery`) and nobody follows who would want the entries.
    package func publish(
        _ commit: DurableCommit<CoordinatorMachine>, isLive: Bool
    ) -> CatalogChanges {
        // A state that says an entry is there comes after the place where it is.
        if isLive {
            let forgets = DeliberateFault.forgetLocation.isOn && commit.last.rawValue % 8 == 0
            locations.add(forgets ? [] : commit.runs)
            remember(commit)
        }
        let changes = apply(commit)
        lastPublished.store(commit.last.rawValue, ordering: .releasing)
        wake(commit)
        return changes
    }

    /// Takes in what a segment says is stored in it.
    package func restore(_ runs: [RunLocation]) {
        // Neighbours in neighbouring blocks become one: what is left is few runs a stream.
        var growing: [UInt64: Run] = [:]
        var restored: [Run] = []
        for run in runs.lazy.map(\.run) {
            guard let before = growing[run.subject], before.end == run.first else {
                if let before = growing.updateValue(run, forKey: run.subject) {
                    restored.append(before)
                }
                continue
            }
            growing[run.subject]?.count += run.count
        }
        restored += growing.values
        entities.withLock { state in
            for run in restored { machine.restore(run, in: &state) }
        }
    }

    /// Drops the places of streams that were removed: their entries are in the journal until it
    /// is rewritten, and nobody's.
    package func forgetRemovedStreams() {
        let streams = entities.withLock { $0.streams.keys.map(\.record.rawValue) }
        locations.keep(only: Set(streams))
    }

    private func remember(_ commit: DurableCommit<CoordinatorMachine>) {
        let chunks = commit.events.compactMap { EntryChunk(of: $0.event) }
        for chunk in chunks { locations.remember(chunk) }
        for old in recent.add(chunks) { locations.forget(chunkOf: old.stream, from: old.first) }
    }

    private func apply(_ commit: DurableCommit<CoordinatorMachine>) -> CatalogChanges {
        var changed = ChangedEntities()
        var digest = StateDigest()
        var rest = commit.events[...]
        repeat {
            let slice = rest.prefix(Self.slice)
            rest = rest.dropFirst(Self.slice)
            entities.withLock { state in
                for (number, event) in slice {
                    do throws(Misfit) {
                        try machine.apply(event, numbered: number, to: &state)
                    } catch {
                        preconditionFailure(
                            "the processor applied record \(number) before it was published: "
                                + error.reason)
                    }
                    changed.note(event, numbered: number, in: state)
                }
                digest = machine.digest(of: state)
            }
        } while !rest.isEmpty
        return CatalogChanges(
            of: commit, changed,
            CatalogCheckpoint(reached: commit.last, time: commit.time, digest: digest))
    }

    private func wake(_ commit: DurableCommit<CoordinatorMachine>) {
        var waiters: [TailWaiter] = []
        for (_, event) in commit.events {
            if case .streamsRemoved(_, let streams, _) = event {
                for stream in streams { waiters += locations.forget(stream.record.rawValue) }
            } else if let stream = event.stream {
                waiters += locations.touch(stream.record.rawValue)
            }
        }
        TailWaiter.wake(waiters)
    }
}
