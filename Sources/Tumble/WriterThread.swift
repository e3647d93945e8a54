import Collections
import Foundation
import Journal
import Platform

/// The thread that owns the state: it decides, encodes and applies.
///
/// `@unchecked Sendable`: `processor`, `time`, `builder` and `lastCommit` are touched by this
/// thread alone once it runs; what others see is behind `shared`.
final class WriterThread<M: Machine>: @unchecked Sendable {
    /// What other threads may ask for.
    struct Shared {
        var status: ProcessorStatus
    }

    private var processor: Processor<M>
    private var time: ProcessorTime
    private let builder: CommitBuilder
    private let sink: SegmentSink
    private let clock: any Clock
    private let options: RunnerOptions
    private let inbox: Monitor<ProcessorRunner<M>.Inbox>
    private let shared: Lock<Shared>
    private let publish: @Sendable (DurableCommit<M>) -> Void
    private let effects: EffectRunner<M>?
    /// The second and third stage of the pipeline, this thread being the first.
    private let disk: PipelineStage<PendingCommit<M>>
    private let telling: PipelineStage<Completion<M>.Written>
    private let space: SpaceThread
    private let started = Lock(false)
    private var needsMark = true
    /// What has been taken from the inbox and is not decided yet; taken all at once, so that
    /// callers and this thread seldom meet at the lock.
    private var backlog = Deque<Submission<M>>()

    init(
        replay: ProcessorReplay<M>, journal: RecoveredJournal,
        observer: some CommitObserver<M>, clock: any Clock, options: RunnerOptions,
        inbox: Monitor<ProcessorRunner<M>.Inbox>, effects handler: (any EffectHandler<M>)?
    ) {
        processor = replay.processor
        time = ProcessorTime(
            lastEvent: replay.lastTime, wall: clock.wall(), monotonic: clock.monotonic())
        builder = journal.builder
        sink = journal.sink
        self.clock = clock
        self.options = options
        self.inbox = inbox
        let reached = journal.lastRecord
        let status = ProcessorStatus(
            appended: reached, durable: reached, published: reached, queued: 0,
            pending: replay.processor.pending.count, refusals: replay.processor.refused,
            digest: replay.processor.digest, readOnlyReason: nil, failure: nil,
            holdsDestruction: time.holdsDestruction, misfitsAfterLoss: replay.misfits,
            stuckEffects: [])
        let shared = Lock(Shared(status: status))
        self.shared = shared
        let publish: @Sendable (DurableCommit<M>) -> Void = { observer.publish($0) }
        self.publish = publish
        let effects = handler.map { handler in
            EffectRunner<M>(handler) {
                try await Task.sleep(for: $0)
            } submit: { mutation in
                Self.submit(mutation, to: inbox)
            }
        }
        self.effects = effects
        let completion = Completion<M>(
            sink: journal.sink, shared: shared, publish: publish, effects: effects)
        self.completion = completion
        let telling = PipelineStage("journal-tell") { completion.tell($0) }
        self.telling = telling
        disk = PipelineStage("journal-disk") {
            telling.handOver(completion.write($0))
        } idle: {
            inbox.update { $0.poked = true }
        }
        space = SpaceThread(journal.sink, retry: options.spaceRetry) {
            inbox.update { $0.poked = true }
        }
    }

    private let completion: Completion<M>

    private static func submit(
        _ mutation: M.Mutation, to inbox: Monitor<ProcessorRunner<M>.Inbox>
    ) {
        inbox.update { inbox in
            guard !inbox.isClosed else { return }
            inbox.queuedMutations += 1
            inbox.queue.append(Submission([mutation]) { _ in })
        }
    }

    func status(queued: Int) -> ProcessorStatus {
        var status = shared.withLock { $0.status }
        status.queued = queued
        status.stuckEffects = effects?.stuck ?? []
        return status
    }

    func start() {
        started.withLock { $0 = true }
        let thread = Thread { [self] in run() }
        thread.name = "journal-writer"
        thread.stackSize = 4 << 20
        disk.start()
        telling.start()
        space.start()
        thread.start()
    }

    /// A runner that is stopped before it was started has nothing to finish.
    func endIfNeverStarted() {
        let wasStarted = started.withLock { started in
            defer { started = true }
            return started
        }
        if !wasStarted { close() }
    }
}

// The loop.
extension WriterThread {
    private enum Wake {
        case work
        case idle
        case stop
    }

    private func run() {
        while true {
            switch waitForWork() {
            case .work: work()
            case .idle: mark()
            case .stop:
                finish()
                return
            }
        }
    }

    private func waitForWork() -> Wake {
        let now = currentTime()
        let untilDeadline = processor.nextDeadline().map { $0.since(now) } ?? .seconds(60)
        if untilDeadline <= .zero, sink.room == .ready, !time.holdsDestruction { return .work }
        let patience = max(.milliseconds(1), min(untilDeadline, .seconds(60)))
        let limit = needsMark ? min(options.markAfter, patience) : patience
        if !backlog.isEmpty { return .work }
        let wake = inbox.wait(atMost: limit) { inbox -> Wake? in
            inbox.wakeAt = 1
            if !inbox.queue.isEmpty || inbox.acceptClock { return .work }
            if inbox.poked {
                inbox.poked = false
                return .work
            }
            return inbox.isStopping ? .stop : nil
        }
        if let wake { return wake }
        return needsMark ? .idle : .work
    }

    private func currentTime() -> Timestamp {
        time.now(wall: clock.wall(), monotonic: clock.monotonic())
    }

    private func work() {
        switch sink.room {
        case .ready: setReadOnly(nil)
        case .filling:
            space.want()
            waitForRoom()
            return
        case .full(let error):
            setReadOnly("\(error)")
            refuseQueued(.readOnly(reason: "\(error)"))
            return
        }
        if completion.hasFailed {
            refuseQueued(.stopped)
            return
        }
        let commit = record()
        if sink.wantsFilling { space.want() }
        handle(commit, isEnough: isEnough(commit))
    }

    /// Waits for the space thread, which pokes the inbox after every slice.
    private func waitForRoom() {
        _ = inbox.wait(atMost: options.spaceRetry) { inbox -> Bool? in
            guard inbox.poked else { return nil }
            inbox.poked = false
            return true
        }
    }

    /// Decides what is waiting, up to a commit's size: one synchronous step.
    private func record() -> PendingCommit<M> {
        var pending = PendingCommit<M>()
        var content = CommitContent<M>()
        let now = currentTime()
        let first = builder.nextRecord
        if takeClockAcceptance() {
            time.accept(wall: clock.wall())
            processor.resetClock(to: clock.wall(), into: builder, &content)
        }
        _ = processor.fireDue(
            at: now, limit: options.deadlinesPerCommit, holdsDestruction: time.holdsDestruction,
            into: builder, &content)
        gather(into: &pending, &content, at: now)
        processor.finish(into: builder, &content)
        pending.effects = content.effects
        pending.sealed = builder.finish(at: now)
        if let sealed = pending.sealed {
            pending.durable = DurableCommit(
                first: first, last: sealed.last, time: now, events: content.events,
                processor: content.processor, runs: [])
        }
        noteAppended()
        return pending
    }

    private func gather(
        into pending: inout PendingCommit<M>, _ content: inout CommitContent<M>, at now: Timestamp
    ) {
        while builder.pendingBytes < options.commitTarget {
            let isEnough = isEnough(pending)
            takeInbox()
            guard let submission = backlog.first else {
                guard !isEnough, !pending.submissions.isEmpty, disk.isBusy else { return }
                waitWhileDiskIsBusy()
                continue
            }
            if isEnough, !disk.isBusy { return }
            guard decide(submission, &content, at: now) else { return }
            backlog.removeFirst()
            pending.submissions.append(submission)
        }
    }

    /// Whether a commit is worth the disk's time as soon as the disk is free.
    private func isEnough(_ pending: PendingCommit<M>) -> Bool {
        pending.submissions.count >= options.submissionsWorthCommit
            || builder.pendingBytes >= options.bytesWorthCommit
    }

    /// A commit stays open while it could not go to the disk anyway.
    private func waitWhileDiskIsBusy() {
        let disk = disk
        let enough = options.submissionsWorthCommit
        inbox.wait { inbox -> Void? in
            // To be woken for each one costs more than to decide it.
            inbox.wakeAt = enough
            return inbox.queue.count < enough && disk.isBusy ? nil : ()
        }
    }

    /// Moves what callers have left to the backlog, at most a queue's bound of it.
    private func takeInbox() {
        guard backlog.isEmpty else { return }
        inbox.look { inbox in
            swap(&backlog, &inbox.queue)
            inbox.queuedMutations = 0
        }
    }

    /// Decides the mutations that have no outcome yet; false if the commit is full before the end.
    private func decide(
        _ submission: Submission<M>, _ content: inout CommitContent<M>, at now: Timestamp
    ) -> Bool {
        while !submission.isDecided {
            let mutation = submission.mutations[submission.outcomes.count]
            switch processor.decide(mutation, at: now, into: builder, &content) {
            case .done(let reply): submission.outcomes.append(.success(reply))
            case .refused(let rejection):
                submission.outcomes.append(.failure(.rejected(rejection)))
            case .commitFull:
                guard builder.isEmpty else { return false }
                submission.outcomes.append(.failure(.tooLarge(limit: builder.payloadLimit)))
            }
        }
        return true
    }

    private func takeClockAcceptance() -> Bool {
        inbox.look { inbox in
            defer { inbox.acceptClock = false }
            return inbox.acceptClock
        }
    }

    /// Commits in place, or hands over if there is enough to do for two.
    private func handle(_ commit: PendingCommit<M>, isEnough: Bool) {
        if commit.sealed != nil { needsMark = true }
        let moreIsWaiting = !backlog.isEmpty || inbox.look { !$0.queue.isEmpty }
        if isEnough || disk.isBusy || moreIsWaiting {
            disk.handOver(commit)
        } else {
            drain()
            completion.tell(completion.write(commit))
        }
    }

    /// Waits until everything that was decided is durable and told.
    private func drain() {
        disk.drain()
        telling.drain()
    }

    private func mark() {
        drain()
        needsMark = false
        do throws(JournalError) {
            try sink.mark()
        } catch {
            completion.fail(error)
        }
    }
}

// Ends.
extension WriterThread {
    private func finish() {
        drain()
        close()
    }

    private func close() {
        disk.stop()
        telling.stop()
        if started.withLock({ $0 }) && sink.room != .filling { mark() }
        space.stopIfRunning()
        effects?.cancelAll()
        do throws(JournalError) {
            try sink.close()
        } catch {
            completion.fail(error)
        }
        refuseQueued(.stopped)
        let waiters = inbox.update { inbox in
            inbox.isClosed = true
            defer { inbox.stopWaiters = [] }
            return inbox.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func refuseQueued(_ failure: SubmitFailure<M.Rejection>) {
        // What was applied before is durable first, so that refusals promise the same.
        drain()
        let refused = inbox.look { inbox in
            defer {
                inbox.queue = []
                inbox.queuedMutations = 0
            }
            return inbox.queue
        }
        for submission in backlog { submission.fail(failure) }
        backlog = []
        for submission in refused { submission.fail(failure) }
    }

    private func setReadOnly(_ reason: String?) {
        shared.withLock { $0.status.readOnlyReason = reason }
    }

    private func noteAppended() {
        let appended = RecordNumber(rawValue: builder.nextRecord.rawValue - 1)
        let pendingCount = processor.pending.count
        let digest = processor.digest
        let refusals = processor.refused
        let holds = time.holdsDestruction
        shared.withLock { shared in
            shared.status.appended = appended
            shared.status.pending = pendingCount
            shared.status.digest = digest
            shared.status.refusals = refusals
            shared.status.holdsDestruction = holds
        }
    }
}
