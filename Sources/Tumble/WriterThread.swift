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

    var processor: Processor<M>
    var time: ProcessorTime
    let builder: CommitBuilder
    let sink: SegmentSink
    let clock: any Clock
    let options: RunnerOptions
    let inbox: Monitor<ProcessorRunner<M>.Inbox>
    private let shared: Lock<Shared>
    private let publish: @Sendable (DurableCommit<M>) -> Void
    private let effects: EffectRunner<M>?
    /// The second stage of the pipeline, this thread being the first.
    let disk: PipelineStage<PendingCommit<M>>
    /// Beside the first stage: deflate blocks of a large commit while it grows.
    private let deflating: [PipelineStage<BlockDeflation>]
    /// The third stage.
    let teller: Teller<Completion<M>.Written>
    private let space: SpaceThread
    private let started = Lock(false)
    var needsMark = true
    /// What has been taken from the inbox and is not decided yet; taken all at once, so that
    /// callers and this thread seldom meet at the lock.
    var backlog = Deque<Submission<M>>()
    /// Nil if everything stays in memory.
    var cold: ColdWork<M>?
    /// Deadlines that wait for what could not be read; tried again with the next sweep.
    var postponed: [WaitingDeadline<M>] = []

    init(
        replay: ProcessorReplay<M>, journal: RecoveredJournal,
        observer: some CommitObserver<M>, clock: any Clock, options: RunnerOptions,
        inbox: Monitor<ProcessorRunner<M>.Inbox>, effects handler: (any EffectHandler<M>)?,
        cold wanted: ColdOptions<M>?
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
        let teller = Teller { completion.tell($0) }
        self.teller = teller
        let disk = PipelineStage("journal-disk") {
            teller.add(completion.write($0))
        } done: {
            // The writer is woken in any case: it may wait for the disk.
            let writerTells = inbox.update { inbox in
                inbox.hasCommitToTell = inbox.writerTells
                return inbox.writerTells
            }
            if !writerTells { teller.callThread() }
        }
        self.disk = disk
        let deflating = (0..<options.deflatingThreads).map { _ in
            let deflater = Lock(journal.builder.newDeflater())
            return PipelineStage<BlockDeflation>("journal-deflate") { body in
                deflater.withLock { body.deflate(with: $0) }
            }
        }
        self.deflating = deflating
        journal.builder.offer = { body in
            // The disk's thread, if it has nothing to do, gets the commit next, and the block with it.
            guard let idle = deflating.first(where: \.isIdle) else { return disk.isIdle }
            body.promise()
            idle.handOver(body)
            return true
        }
        cold = wanted.map { options in
            ColdWork(options) { answers in inbox.update { $0.answers = answers } }
        }
        space = SpaceThread(journal.sink, retry: options.spaceRetry) {
            inbox.update { $0.poked = true }
        }
    }

    let completion: Completion<M>

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
        for stage in deflating { stage.start() }
        teller.start()
        cold?.reading.start()
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
        case tell
        case idle
        case stop
    }

    private func run() {
        while true {
            switch waitForWork() {
            case .work: work()
            case .tell: teller.tellWaiting()
            case .idle: mark()
            case .stop:
                finish()
                return
            }
        }
    }

    private func waitForWork() -> Wake {
        let now = currentTime()
        // What is due and may not fire waits for an operator, for room or for the end, each of
        // which wakes this thread.
        let mayFire = sink.room == .ready && !completion.hasFailed
        let next = mayFire ? processor.nextDeadline(holdsDestruction: time.holdsDestruction) : nil
        let untilDeadline = next.map { $0.since(now) } ?? .seconds(60)
        if untilDeadline <= .zero { return .work }
        let patience = max(.milliseconds(1), min(untilDeadline, .seconds(60)))
        let limit = needsMark ? min(options.markAfter, patience) : patience
        if !backlog.isEmpty {
            return inbox.look { $0.takeCommitToTell() } ? .tell : .work
        }
        let isWaiting = cold?.isWaiting ?? false
        let wake = inbox.wait(atMost: limit) { inbox -> Wake? in
            inbox.wakeAt = 1
            let wake = Self.wake(by: &inbox)
            // What was put aside comes first.
            return wake == .stop && isWaiting ? nil : wake
        }
        if let wake { return wake }
        return needsMark && limit == options.markAfter ? .idle : .work
    }

    private static func wake(by inbox: inout ProcessorRunner<M>.Inbox) -> Wake? {
        if inbox.takeCommitToTell() { return .tell }
        if !inbox.queue.isEmpty || inbox.answers != nil || inbox.acceptClock { return .work }
        if inbox.poked {
            inbox.poked = false
            return .work
        }
        return inbox.isStopping ? .stop : nil
    }

    func currentTime() -> Timestamp {
        time.now(wall: clock.wall(), monotonic: clock.monotonic())
    }

    private func work() {
        switch sink.room {
        case .ready: setReadOnly(nil)
        case .filling:
            space.want()
            waitForRoom()
            return
        case .failed(let error):
            completion.fail(.file(error))
            refuseQueued(.failed)
            return
        case .full(let error):
            setReadOnly("\(error)")
            refuseQueued(.readOnly(reason: "\(error)"))
            return
        }
        if completion.hasFailed {
            refuseQueued(.failed)
            return
        }
        let commit = record()
        if sink.wantsFilling { space.want() }
        handle(commit, isEnough: isEnough(commit))
    }

    /// Waits for the space thread, which pokes the inbox after every slice.
    private func waitForRoom() {
        leaveTelling()
        defer { takeOverTelling() }
        _ = inbox.wait(atMost: options.spaceRetry) { inbox -> Bool? in
            guard inbox.poked else { return nil }
            inbox.poked = false
            return true
        }
    }
}

// Who tells of what is durable.
extension WriterThread {
    /// From now on the teller's thread tells: this one has something to do that takes longer.
    func leaveTelling() {
        inbox.look { inbox in
            inbox.writerTells = false
            inbox.hasCommitToTell = false
        }
        teller.callThread()
    }

    func takeOverTelling() { inbox.look { $0.writerTells = true } }
}

// Stopping the pipeline.
extension WriterThread {
    /// Waits until everything that was decided is durable and told.
    ///
    /// The disk's thread cannot wait for this one meanwhile: of what this thread has handed over since
    /// it last told, no more than two are untold, and so many the teller takes.
    func drain() {
        disk.drain()
        teller.drain()
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
        for stage in deflating { stage.stop() }
        teller.stop()
        cold?.reading.stop()
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
        takeAnswers()
        takeBackAside()
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

    func noteAppended() {
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
