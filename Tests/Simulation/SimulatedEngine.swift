import Coordinator
import Foundation
import Journal
import Platform
import ReadModels
import TestSupport
import Tumble

/// Journal, processor and hot model of one life, driven step by step on one thread: what the
/// program's threads do, without them.
struct SimulatedEngine {
    typealias Machine = CoordinatorMachine
    typealias Outcome = Result<CoordinatorReply, Rejection>

    /// A commit that is decided and not on disk yet.
    struct Undurable {
        let commit: SealedCommit
        let outcomes: [Outcome]
        /// To be done outside once it is durable.
        let effects: [CoordinatorEffect]
        fileprivate var durable: DurableCommit<Machine>
    }

    static let path = "/journal"

    /// What is wrong with the door to the disk; chosen as engine faults are.
    private static let diskFault = ProcessInfo.processInfo.environment["LOGDOG_FAULT"].flatMap {
        DiskFault(rawValue: $0)
    }

    /// Small segments, so that a run rotates often.
    static var options: JournalOptions {
        var options = JournalOptions()
        options.blockTarget = 512
        options.blockLimit = 1024
        options.commitLimit = 8 << 10
        options.segmentSize = 24 << 10
        options.fillSlice = 5 << 10
        options.indexInterval = 3 << 10
        return options
    }

    /// Finished streams leave memory after so long.
    static let grace = Duration.seconds(1800)

    private let machine = Machine()
    private let families: CatalogFamilies
    private let locations: LocationRecovery
    private let clock: ManualClock
    let journal: RecoveredJournal
    let hot: HotModel
    let entries: EntryReader
    private(set) var processor: Processor<Machine>
    private var time: ProcessorTime
    /// Whether replay met records that are lost.
    let lossSeen: Bool
    /// Records that did not fit after one that is lost.
    let misfits: [RecordNumber]
    /// Families that left the processor's memory.
    private(set) var cooled = 0
    /// What the catalog has not taken in yet, oldest first.
    private(set) var untold: [CatalogChanges] = []

    /// Recovers what is on `disk` and replays what is behind `catalog`.
    ///
    /// - Parameter live: the catalog that goes on from there, which what is finished is read from;
    ///   nil for one that does not.
    init(
        _ disk: SimulatedDisk, _ clock: ManualClock, _ catalog: CatalogContents,
        live: InMemoryCatalog? = nil
    ) throws {
        let machine = machine
        self.clock = clock
        let journal = try Self.recover(disk, clock)
        self.journal = journal
        let (snapshot, cold) = try Self.start(from: catalog, live, behind: journal)
        families = cold
        let hot = HotModel(machine: machine, snapshot: snapshot, families: cold)
        self.hot = hot
        locations = LocationRecovery(reader: journal.reader, hot: hot)
        entries = EntryReader(
            hot, reader: journal.reader, machine: machine, options: StoreOptions())
        try locations
            .restore(through: snapshot.reached, holding: catalog.segments)
        var replay = ProcessorReplay(
            machine, snapshot, cold: ColdOptions(store: cold, grace: Self.grace),
            lossSeen: journal.report.losses.contains { $0.records != nil })
        var untold: [CatalogChanges] = []
        try replay.run(journal.reader) { untold.append(hot.publish($0, isLive: false)) }
        self.untold = untold
        hot.forgetRemovedStreams()
        lossSeen = replay.lossSeen
        misfits = replay.misfits
        processor = replay.processor
        time = ProcessorTime(
            lastEvent: replay.lastTime, wall: clock.wall(), monotonic: clock.monotonic())
    }

    static func recover(
        _ disk: SimulatedDisk, _ clock: ManualClock
    ) throws(JournalError) -> RecoveredJournal {
        let machine = Machine()
        let files: any FileSystem = diskFault.map { FaultyFiles(disk, $0) } ?? disk
        return try JournalRecovery.open(
            JournalDirectory(path: path, files: files), options: options, clock: clock,
            runOf: { machine.run(of: $0) }, holder: "simulation")
    }

    static func directory(_ disk: SimulatedDisk) -> JournalDirectory {
        JournalDirectory(path: path, files: disk)
    }

    static func path(of segment: RecordNumber) -> String {
        let digits = String(segment.rawValue)
        return "\(path)/\(String(repeating: "0", count: 20 - digits.count))\(digits).seg"
    }

    /// A reader beside whoever writes.
    static func reader(_ disk: SimulatedDisk) -> JournalReader {
        let machine = Machine()
        return JournalReader(directory(disk), runOf: { machine.run(of: $0) })
    }

    /// For segments that nobody has open.
    static func rewriter(_ disk: SimulatedDisk) -> SegmentRewriter {
        let machine = Machine()
        var options = RewriteOptions()
        options.blockTarget = 700
        options.slice = 2 << 10
        return SegmentRewriter(
            directory(disk), options: options, runOf: { machine.run(of: $0) })
    }

    /// Where to go on from, and where the rest is: the catalog, unless it belongs to another
    /// journal.
    static func start(
        from catalog: CatalogContents, _ live: InMemoryCatalog? = nil,
        behind journal: RecoveredJournal
    ) throws -> (Snapshot<Machine>, CatalogFamilies) {
        let isUsable = catalog.checkpoint.reached <= journal.lastRecord
        let store =
            isUsable
            ? live ?? InMemoryCatalog(machine: Machine(), catalog)
            : InMemoryCatalog(machine: Machine())
        let snapshot = try store.loadWarm(grace: grace).snapshot(for: Machine())
        return (snapshot, CatalogFamilies(store) { store.reached })
    }

    /// The time that decisions see now.
    mutating func now() -> Timestamp {
        time.now(wall: clock.wall(), monotonic: clock.monotonic())
    }

    /// Decides what is due, then as many of `mutations` as a commit holds; nothing is undurable if
    /// nothing came of it.
    mutating func decide(
        _ mutations: [CoordinatorMutation], acceptingClock: Bool = false
    ) -> (undurable: Undurable?, outcomes: [Outcome], fired: Int) {
        var content = CommitContent<Machine>()
        if acceptingClock {
            time.accept(wall: clock.wall())
            processor.resetClock(to: now(), into: journal.builder, &content)
        }
        let now = now()
        let pending = processor.pending.count
        var waiting: [WaitingDeadline<Machine>] = []
        repeat {
            for deadline in waiting {
                fetch(deadline.subjects)
                processor.wake(deadline)
            }
            _ = processor.fireDue(
                at: now, limit: 20, holdsDestruction: time.holdsDestruction,
                into: journal.builder, &content)
            waiting = processor.takeWaiting()
        } while !waiting.isEmpty
        let fired = max(0, pending - processor.pending.count)
        var outcomes: [Outcome] = []
        deciding: for mutation in mutations {
            switch decideWhole(mutation, at: now, &content) {
            // It has been fetched.
            case .missing: preconditionFailure("what was looked for is not looked for again")
            case .done(let reply): outcomes.append(.success(reply))
            case .refused(let rejection): outcomes.append(.failure(rejection))
            // The rest would come in the next commit; here nobody sends it.
            case .commitFull: break deciding
            }
        }
        processor.finish(into: journal.builder, &content)
        cooled +=
            processor.evict(
                Sweep(
                    now: now, applied: processor.lastRecord, kept: families.kept, grace: Self.grace)
            ).evicted
        let undurable = journal.builder.finish(at: now).map {
            Undurable(
                commit: $0, outcomes: outcomes, effects: content.effects,
                durable: content.durable(as: $0))
        }
        return (undurable, outcomes, fired)
    }

    private mutating func decideWhole(
        _ mutation: CoordinatorMutation, at now: Timestamp,
        _ content: inout CommitContent<Machine>
    ) -> Processor<Machine>.Step {
        let step = processor.decide(mutation, at: now, into: journal.builder, &content)
        guard case .missing(let subjects) = step else { return step }
        fetch(subjects)
        return processor.decide(mutation, at: now, into: journal.builder, &content)
    }

    private mutating func fetch(_ subjects: [FamilySubject]) {
        for subject in subjects {
            do throws(ColdError) {
                let family = try families.family(of: subject)
                processor.take([(subject, family)])
            } catch {
                preconditionFailure("a catalog in memory answers: \(error)")
            }
        }
    }

    /// Whether the commit is durable, and then shown to readers; a failed write leaves that open.
    mutating func append(_ undurable: Undurable) -> Bool {
        let commit = undurable.commit
        let before = RecordNumber(rawValue: commit.first.rawValue - 1)
        var durable = undurable.durable
        var isDurable = false
        journal.sink.append(commit, after: before, epoch: 0) { outcome in
            guard case .durable(let runs) = outcome else { return }
            durable.runs = runs
            isDurable = true
        }
        if isDurable {
            untold.append(hot.publish(durable, isLive: true))
            hot.sweep(kept: families.kept, grace: Self.grace)
        }
        return isDurable
    }

    /// Hands over what the catalog has not taken in yet, at most `limit` commits of it.
    mutating func tellCatalog(_ limit: Int) -> CatalogChanges? {
        guard var changes = untold.first else { return nil }
        for later in untold[1...].prefix(limit - 1) { changes.merge(later) }
        untold.removeFirst(min(limit, untold.count))
        return changes
    }

    /// Prepares space; false if the disk has none.
    func prepareSpace() -> Bool {
        while journal.sink.room == .filling {
            do throws(JournalError) {
                guard try journal.sink.fillAhead() else { break }
            } catch {
                return false
            }
        }
        return journal.sink.room == .ready
    }
}

// Everything, in memory or not.
extension SimulatedEngine {
    /// All prefixes, and all streams, by identity.
    func everything() throws -> (prefixes: [PrefixState], streams: [StreamState]) {
        let state = processor.state
        let stored = try families.catalog.load()
        // As long as everything is in memory, what else a catalog has is what it is behind by.
        let cold = Set(
            stored.prefixes.map(\.id).filter {
                !state.isWhole && state.prefixes[$0] == nil && !state.isGone($0)
            })
        return (
            (state.prefixes.values + stored.prefixes.filter { cold.contains($0.id) })
                .sorted { $0.id < $1.id },
            (state.streams.values + stored.streams.filter { cold.contains($0.prefix) })
                .sorted { $0.id < $1.id }
        )
    }

    /// Finds the entries of a stream again whose places were forgotten.
    func locateAgain(_ stream: StreamID) throws(JournalError) {
        guard hot.stream(stream) == nil else { return }
        let isRestored = try locations.restore(stream)
        precondition(isRestored, "nothing is sealed between two steps")
    }
}

/// What two engines in the same state have in common, whatever of it is in memory: digest, what
/// open streams have received, how much is pending.
struct Fingerprint: Hashable {
    private let digest: StateDigest
    private let entities: Int
    private let pending: Set<RecordNumber>

    init(_ processor: Processor<CoordinatorMachine>) {
        digest = processor.digest
        // A sum, since the order in which a dictionary gives its values differs.
        // What a deleted prefix has left may have been rewritten.
        let state = processor.state
        entities = state.streams.values.reduce(0) {
            $1.archive == nil && state.stream($1.id) != nil ? $0 &+ $1.hashValue : $0
        }
        pending = Set(processor.pending.keys)
    }
}
