import Coordinator
import Journal
import Platform
import TestSupport
import Tumble

/// Journal and processor of one life, driven step by step on one thread: what the program's
/// threads do, without them.
struct SimulatedEngine {
    typealias Machine = CoordinatorMachine
    typealias Outcome = Result<CoordinatorReply, Rejection>

    /// A commit that is decided and not on disk yet.
    struct Undurable {
        let commit: SealedCommit
        let outcomes: [Outcome]
    }

    static let path = "/journal"

    /// Small segments, so that a run rotates often.
    static var options: JournalOptions {
        var options = JournalOptions()
        options.blockTarget = 512
        options.blockLimit = 1024
        options.commitLimit = 8 << 10
        options.segmentSize = 48 << 10
        options.fillSlice = 6 << 10
        options.indexInterval = 4 << 10
        return options
    }

    private let machine = Machine()
    let journal: RecoveredJournal
    private(set) var processor: Processor<Machine>
    private var time: Timestamp

    /// Recovers and replays what is on `disk`.
    init(_ disk: SimulatedDisk, _ clock: ManualClock) throws {
        let machine = machine
        journal = try JournalRecovery.open(
            JournalDirectory(path: Self.path, files: disk), options: Self.options, clock: clock,
            runOf: { machine.run(of: $0) }, holder: "simulation")
        var replay = ProcessorReplay(machine, .initial(machine), lossSeen: false)
        try replay.run(journal.reader) { _ in }
        processor = replay.processor
        time = max(replay.lastTime, clock.wall())
    }

    /// Decides what is due, then as many of `mutations` as a commit holds; nil if nothing came of it.
    mutating func decide(
        _ mutations: [CoordinatorMutation], at wall: Timestamp
    ) -> (undurable: Undurable?, outcomes: [Outcome], fired: Int) {
        time = max(time, wall)
        var content = CommitContent<Machine>()
        let pending = processor.pending.count
        _ = processor.fireDue(
            at: time, limit: 20, holdsDestruction: false, into: journal.builder, &content)
        let fired = max(0, pending - processor.pending.count)
        var outcomes: [Outcome] = []
        deciding: for mutation in mutations {
            switch processor.decide(mutation, at: time, into: journal.builder, &content) {
            case .done(let reply): outcomes.append(.success(reply))
            case .refused(let rejection): outcomes.append(.failure(rejection))
            // The rest would come in the next commit; here nobody sends it.
            case .commitFull: break deciding
            }
        }
        processor.finish(into: journal.builder, &content)
        let undurable = journal.builder.finish(at: time).map {
            Undurable(commit: $0, outcomes: outcomes)
        }
        return (undurable, outcomes, fired)
    }

    /// Whether the commit is durable; a failed write leaves that open.
    func append(_ undurable: Undurable) -> Bool {
        let commit = undurable.commit
        let before = RecordNumber(rawValue: commit.first.rawValue - 1)
        var isDurable = false
        journal.sink.append(commit, after: before, epoch: 0) { outcome in
            if case .durable = outcome { isDurable = true }
        }
        return isDurable
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
