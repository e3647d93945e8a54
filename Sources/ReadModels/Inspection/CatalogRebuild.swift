import Coordinator
import Journal
import Platform
import Tumble

/// Replays a journal from its first record into a catalog, as a server without one would.
///
/// Nothing is written to the journal. Costs the state in memory, as a start without a catalog does.
package struct CatalogRebuild {
    private let machine: CoordinatorMachine
    private var replay: ProcessorReplay<CoordinatorMachine>
    private var cursor: BlockCursor
    /// A block of which only the beginning was wanted so far.
    private var held: JournalItem?
    private var gathered: CatalogChanges?
    /// How far it has come: the last commit's record and time, and the digest there.
    package private(set) var checkpoint: CatalogCheckpoint
    /// Records that were lost before the place it has come to.
    package private(set) var losses: [RecoveryReport.Loss] = []
    /// Digests of the journal that the replayed state was compared with.
    package private(set) var digestsCompared = 0

    package init(_ reader: JournalReader, machine: CoordinatorMachine) {
        self.machine = machine
        let snapshot = Snapshot.initial(machine)
        replay = ProcessorReplay(machine, snapshot, lossSeen: false)
        cursor = reader.blocks(from: .first)
        checkpoint = CatalogCheckpoint(
            reached: .none, time: .zero, digest: machine.digest(of: snapshot.state),
            openStreams: 0)
    }

    /// Records that did not fit the state after a loss.
    package var misfits: [RecordNumber] { replay.misfits }
    package var state: CoordinatorState { replay.processor.state }
    /// Mutations that wait for their time, in no order.
    package var pending: [CoordinatorPending] { Array(replay.processor.pending.values) }
    package var prefixCount: Int { replay.processor.state.prefixes.count }
    package var streamCount: Int { replay.processor.state.streams.count }
    package var pendingCount: Int { replay.processor.pending.count }

    /// Replays up to the last record that is not behind `last` and was not decided after `until`.
    ///
    /// - Parameters:
    ///   - catalog: takes what changes; nil to compare digests alone.
    ///   - uncovered: whether commits count that no stamp covers. Beside a writer they may not be
    ///     durable yet.
    ///   - progress: told now and then which record has been reached.
    /// - Throws: `replay(.misfit)` for a record that does not fit with nothing lost before it,
    ///   such as a digest that differs.
    package mutating func advance(
        through last: RecordNumber = .last, until: Timestamp = .distantFuture, uncovered: Bool,
        into catalog: (any Catalog)?, progress: (RecordNumber) -> Void = { _ in }
    ) throws(StoreError) {
        while let item = try nextItem() {
            if case .block(let block) = item {
                let isWanted =
                    block.firstRecord <= last && block.time <= until
                    && (uncovered || block.isCovered)
                guard isWanted else {
                    held = item
                    break
                }
                if block.lastRecord > last { held = item }
            }
            if case .lost(let loss) = item { losses.append(loss) }
            try take(item, through: last, into: catalog)
            progress(checkpoint.reached)
            if held != nil { break }
        }
        try record(into: catalog)
    }

    private mutating func nextItem() throws(StoreError) -> JournalItem? {
        if let item = held {
            held = nil
            return item
        }
        do throws(JournalError) {
            return try cursor.next()
        } catch {
            throw .journal(error)
        }
    }

    private mutating func take(
        _ item: JournalItem, through last: RecordNumber, into catalog: (any Catalog)?
    ) throws(StoreError) {
        var commits: [DurableCommit<CoordinatorMachine>] = []
        do throws(RecoverError) {
            try replay.take(item, through: last) { commits.append($0) }
        } catch {
            throw .replay(error)
        }
        for commit in commits {
            for case .digest in commit.processor { digestsCompared += 1 }
            note(commit)
            guard let gathered, gathered.eventCount >= CatalogFollower.eventsPerTransaction
            else { continue }
            try record(into: catalog)
        }
    }

    private mutating func note(_ commit: DurableCommit<CoordinatorMachine>) {
        var changed = ChangedEntities()
        let state = replay.processor.state
        for (number, event) in commit.events { changed.note(event, numbered: number, in: state) }
        checkpoint = CatalogCheckpoint(
            reached: commit.last, time: commit.time, digest: machine.digest(of: state),
            openStreams: state.openStreams)
        let changes = CatalogChanges(of: commit, changed, checkpoint)
        if gathered == nil { gathered = changes } else { gathered?.merge(changes) }
    }

    private mutating func record(into catalog: (any Catalog)?) throws(StoreError) {
        guard let changes = gathered else { return }
        gathered = nil
        guard let catalog else { return }
        do throws(CatalogError) {
            try catalog.record(changes)
        } catch {
            throw .catalog(error)
        }
    }
}
