import Coordinator
import Journal
import LogDogModel
import Platform
import Synchronization
import Tumble

/// What is live, as of the last durable commit: prefixes, streams, where entries are, who follows.
/// What is finished leaves it for the catalog.
///
/// Fed with the events of durable commits, in order, before anybody is told that they are done;
/// never with the writer's own state, which may be ahead. It applies them with the machine's own
/// `apply`, so that it cannot come to another state than replay does.
package final class HotModel: Sendable {
    /// Events that are applied in one go while readers wait: a few microseconds.
    private static let slice = 32

    let locations = EntryLocations()
    private let machine: CoordinatorMachine
    let entities: Lock<CoordinatorState>
    /// Where that is which is not in memory; nil if all is.
    let families: CatalogFamilies?
    private let recent: RecentEntries
    private let lastPublished: Atomic<UInt64>
    /// Of the commit that is being applied, or was last; set before any of it is.
    private let lastApplying: Atomic<UInt64>
    private let lastMicroseconds: Atomic<Int64>

    /// - Parameters:
    ///   - snapshot: what the catalog held; `.initial` without one.
    ///   - families: where that is which the snapshot leaves out, and what may leave memory.
    package init(
        machine: CoordinatorMachine, snapshot: Snapshot<CoordinatorMachine>,
        families: CatalogFamilies? = nil,
        recentCapacity: Int = RecentEntries.defaultCapacity
    ) {
        self.machine = machine
        self.families = families
        entities = Lock(snapshot.state)
        recent = RecentEntries(capacity: recentCapacity)
        lastPublished = Atomic(snapshot.reached.rawValue)
        lastApplying = Atomic(snapshot.reached.rawValue)
        lastMicroseconds = Atomic(snapshot.time.microseconds)
    }

    /// The time of the last commit that readers see.
    var lastTime: Timestamp {
        Timestamp(microseconds: lastMicroseconds.load(ordering: .acquiring))
    }

    /// The last record that readers see.
    package var published: RecordNumber {
        RecordNumber(rawValue: lastPublished.load(ordering: .acquiring))
    }

    /// No later record has changed the entities: what a catalog holds that holds this one, it holds
    /// as it is. It is ahead of `published` while a commit is applied.
    var lastApplied: RecordNumber {
        RecordNumber(rawValue: lastApplying.load(ordering: .acquiring))
    }

    /// How many bytes of entries are in memory.
    package var recentBytes: Int { recent.bytes }

    /// Nil also for a stream of a deleted prefix, and for one that is not in memory.
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
        lastMicroseconds.store(commit.time.microseconds, ordering: .releasing)
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
        lastApplying.store(commit.last.rawValue, ordering: .releasing)
        var changed = ChangedEntities()
        var rest = commit.events[...]
        var wasMissing = false
        while !rest.isEmpty {
            let missing = applySlice(of: &rest, &changed, isFirstLookedFor: wasMissing)
            bring(missing)
            wasMissing = !missing.isEmpty
        }
        let checkpoint = entities.withLock { state in
            CatalogCheckpoint(
                reached: commit.last, time: commit.time, digest: machine.digest(of: state),
                openStreams: state.openStreams)
        }
        return CatalogChanges(of: commit, changed, checkpoint)
    }

    /// Applies the next few events, up to one that changes what is not in memory: that is returned.
    ///
    /// - Parameter isFirstLookedFor: whether what the first event changes was looked for already.
    private func applySlice(
        of rest: inout ArraySlice<(number: RecordNumber, event: CoordinatorEvent)>,
        _ changed: inout ChangedEntities, isFirstLookedFor: Bool
    ) -> [FamilySubject] {
        entities.withLock { state in
            for step in 0..<min(Self.slice, rest.count) {
                guard let (number, event) = rest.first else { break }
                let missing = machine.missing(for: event, in: state)
                guard missing.isEmpty || (step == 0 && isFirstLookedFor) else { return missing }
                do throws(Misfit) {
                    try machine.apply(event, numbered: number, to: &state)
                } catch {
                    preconditionFailure(
                        "the processor applied record \(number) before it was published: "
                            + error.reason)
                }
                changed.note(event, numbered: number, in: state)
                rest = rest.dropFirst()
            }
            return []
        }
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
