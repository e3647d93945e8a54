import Collections
import Foundation
import Journal
import Platform

/// A processor with threads around it: one decides, encodes and applies, a second writes and syncs
/// what it is handed; readers and callers are told by the first between two commits, and by a third
/// while it is at a large one; a fourth prepares disk space.
///
/// When idle a commit is made in place, with no hand-over and no waiting. Under load commit n+1 is
/// decided and deflated while n syncs, or waits to, and n-1 is told. Completion is in order: readers are told
/// first, then callers; a refusal, too, waits until all that was applied before it is durable.
public final class ProcessorRunner<M: Machine>: Sendable {
    public typealias Failure = SubmitFailure<M.Rejection>
    public typealias Outcome = Result<M.Reply, Failure>

    let inbox: Monitor<Inbox>
    let writer: WriterThread<M>
    private let options: RunnerOptions

    /// What callers leave for the writer thread.
    struct Inbox {
        var queue = Deque<Submission<M>>()
        var queuedMutations = 0
        /// The writer, if it waits, wants to hear of no fewer mutations.
        var wakeAt = 1
        /// The writer is about to tell of what is durable; otherwise the teller's thread has to.
        var writerTells = true
        /// A commit is durable, and the writer is to tell of it.
        var hasCommitToTell = false
        /// What was read of what is not in memory, until it is taken.
        var answers: ColdWork<M>.Answers?
        var isStopping = false
        var acceptClock = false
        /// Something outside changed: disk space, or the clock of a test.
        var poked = false
        var isClosed = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []

        /// Whether the writer is to tell of a commit; asked, it is taken as done.
        mutating func takeCommitToTell() -> Bool {
            defer { hasCommitToTell = false }
            return hasCommitToTell
        }
    }

    private init(writer: WriterThread<M>, inbox: Monitor<Inbox>, options: RunnerOptions) {
        self.writer = writer
        self.inbox = inbox
        self.options = options
    }

    /// Replays what the journal holds behind `snapshot`, telling `observer` of all of it.
    ///
    /// Nothing is decided and nothing fires before `start`. Cost: footers and index records of
    /// segments up to the snapshot, and the blocks behind it.
    ///
    /// - Parameter cold: where that is which is not in memory; nil if all is to stay there.
    public static func recover(
        machine: M, snapshot: Snapshot<M>, journal: RecoveredJournal,
        observer: some CommitObserver<M>, clock: any Clock,
        options: RunnerOptions = RunnerOptions(), effects: (any EffectHandler<M>)? = nil,
        cold: ColdOptions<M>? = nil
    ) throws(RecoverError) -> ProcessorRunner<M> {
        guard snapshot.reached <= journal.lastRecord else {
            throw .snapshotAhead(of: journal.lastRecord)
        }
        var replay = ProcessorReplay(
            machine, snapshot, cold: cold,
            lossSeen: journal.report.losses.contains { $0.records != nil })
        try replay.run(journal.reader) { observer.publish($0) }
        let inbox = Monitor(Inbox())
        let writer = WriterThread(
            replay: replay, journal: journal, observer: observer, clock: clock,
            options: options, inbox: inbox, effects: effects, cold: cold)
        return ProcessorRunner(writer: writer, inbox: inbox, options: options)
    }

    /// Starts the threads: from now on deadlines fire and mutations are taken.
    public func start() { writer.start() }

    /// Hands in mutations, to be decided in this order, each on its own.
    ///
    /// An empty list is answered once everything that is due has fired. Cost: one lock.
    ///
    /// - Parameter completion: called once, on a thread that must not be blocked, when everything
    ///   in `mutations` is durable or refused.
    public func submit(
        _ mutations: [M.Mutation], completion: @escaping @Sendable ([Outcome]) -> Void
    ) {
        let submission = Submission<M>(mutations, completion: completion)
        let limit = options.queueLimit
        var refusal: Failure?
        inbox.updateAndWake { inbox in
            if inbox.isStopping || inbox.isClosed {
                refusal = .stopped
                return false
            }
            guard inbox.queuedMutations + mutations.count <= limit else {
                refusal = .busy(limit: limit)
                return false
            }
            inbox.queuedMutations += mutations.count
            inbox.queue.append(submission)
            return inbox.queuedMutations >= inbox.wakeAt || mutations.isEmpty
        }
        if let refusal { submission.fail(refusal) }
    }

    /// Hands in one mutation and waits until it is durable or refused. A caller that is cancelled
    /// stops waiting for nothing: what was submitted stands.
    public func submit(_ mutation: M.Mutation) async throws(Failure) -> M.Reply {
        let outcomes: [Outcome] = await withCheckedContinuation { caller in
            submit([mutation]) { caller.resume(returning: $0) }
        }
        guard let outcome = outcomes.first else { throw .stopped }
        return try outcome.get()
    }

    /// Waits until everything that is due by now has fired and is durable.
    public func fireDue() async {
        await withCheckedContinuation { caller in
            submit([]) { _ in caller.resume() }
        }
    }

    /// Journals that an operator accepts the time of day, and lets destructive deadlines fire.
    public func acceptClock() {
        inbox.update { $0.acceptClock = true }
    }

    public var status: ProcessorStatus { writer.status(queued: inbox.look { $0.queuedMutations }) }

    /// Finishes what was accepted, marks the journal and closes it. Harmless when repeated.
    public func stop() async {
        await withCheckedContinuation { caller in
            let isClosed = inbox.update { inbox in
                inbox.isStopping = true
                if !inbox.isClosed { inbox.stopWaiters.append(caller) }
                return inbox.isClosed
            }
            if isClosed { caller.resume() }
            writer.endIfNeverStarted()
        }
    }
}
