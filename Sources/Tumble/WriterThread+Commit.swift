import Journal
import Platform

// From what is waiting to a commit on its way to the disk.
extension WriterThread {
    /// Decides what is waiting, up to a commit's size: one synchronous step.
    func record() -> PendingCommit<M> {
        var pending = PendingCommit<M>()
        var content = CommitContent<M>()
        // First of all: what is accepted is the time that the clock shows after it was, and the
        // commit itself is of that time.
        let acceptsClock = takeClockAcceptance()
        let wall = clock.wall()
        if acceptsClock { time.accept(wall: wall) }
        let now = time.now(wall: wall, monotonic: clock.monotonic())
        if acceptsClock { processor.resetClock(to: now, into: builder, &content) }
        takeAnswers()
        _ = processor.fireDue(
            at: now, limit: options.deadlinesPerCommit, holdsDestruction: time.holdsDestruction,
            into: builder, &content)
        gather(into: &pending, &content, at: now)
        processor.finish(into: builder, &content)
        pending.effects = content.effects
        pending.sealed = builder.finish(at: now)
        pending.durable = pending.sealed.map { content.durable(as: $0) }
        noteAppended()
        goOnWithCold(at: now)
        return pending
    }

    private func gather(
        into pending: inout PendingCommit<M>, _ content: inout CommitContent<M>, at now: Timestamp
    ) {
        var tells = true
        defer { if !tells { takeOverTelling() } }
        while builder.pendingBytes < options.commitTarget {
            if tells, growsLarge {
                leaveTelling()
                tells = false
            }
            takeInbox()
            guard let submission = backlog.first else {
                if pending.submissions.isEmpty || isReady(for: pending) { return }
                waitForMoreOrDisk(after: pending)
                continue
            }
            if isEnough(pending), disk.isIdle { return }
            let decided = submission.outcomes.count
            let progress = decide(submission, &content, at: now)
            pending.mutations += submission.outcomes.count - decided
            switch progress {
            case .done: pending.submissions.append(submission)
            case .commitFull: return
            case .setAside: break
            }
            backlog.removeFirst()
        }
    }

    /// Whether a commit is worth a hand-over to the disk's thread.
    func isEnough(_ pending: PendingCommit<M>) -> Bool {
        pending.mutations >= options.mutationsWorthCommit
            || builder.pendingBytes >= options.bytesWorthCommit
    }

    /// Whether the disk's thread should have the commit now: it is free, or the commit is enough to
    /// be the next.
    private func isReady(for pending: PendingCommit<M>) -> Bool {
        disk.isIdle || (isEnough(pending) && disk.hasRoom)
    }

    /// Whether this thread may soon deflate for longer than callers should wait to be told.
    private var growsLarge: Bool { builder.pendingBytes >= options.bytesWorthCommit / 2 }

    /// A commit stays open while it could not go to the disk anyway; meanwhile the one before it
    /// is told of.
    private func waitForMoreOrDisk(after pending: PendingCommit<M>) {
        let wakeAt = options.mutationsWorthWaking
        let tells = inbox.wait { inbox -> Bool? in
            // To be woken for each one costs more than to decide it.
            inbox.wakeAt = wakeAt
            if isReady(for: pending) || inbox.queuedMutations >= wakeAt { return false }
            return inbox.takeCommitToTell() ? true : nil
        }
        if tells { teller.tellWaiting() }
    }

    /// Moves what callers have left to the backlog, at most a queue's bound of it.
    private func takeInbox() {
        guard backlog.isEmpty else { return }
        inbox.look { inbox in
            swap(&backlog, &inbox.queue)
            inbox.queuedMutations = 0
        }
    }

    /// How far the deciding of a submission came.
    private enum Progress {
        case done
        /// The rest is for the next commit.
        case commitFull
        /// The rest waits for something to come to memory.
        case setAside
    }

    /// Decides the mutations that have no outcome yet.
    private func decide(
        _ submission: Submission<M>, _ content: inout CommitContent<M>, at now: Timestamp
    ) -> Progress {
        // Whoever waits for what is due waits for what that waits for.
        if submission.mutations.isEmpty, waitsForDeadlines, setAside(submission, until: []) {
            return .setAside
        }
        while !submission.isDecided {
            let mutation = submission.mutations[submission.outcomes.count]
            switch processor.decide(mutation, at: now, into: builder, &content) {
            case .done(let reply): submission.outcomes.append(.success(reply))
            case .refused(let rejection):
                submission.outcomes.append(.failure(.rejected(rejection)))
            case .missing(let subjects):
                if setAside(submission, until: subjects) { return .setAside }
            case .commitFull:
                guard builder.isEmpty else { return .commitFull }
                submission.outcomes.append(.failure(.tooLarge(limit: builder.payloadLimit)))
            }
        }
        return .done
    }

    private func takeClockAcceptance() -> Bool {
        inbox.look { inbox in
            defer { inbox.acceptClock = false }
            return inbox.acceptClock
        }
    }

    /// Commits in place, or hands over if there is enough to do for two.
    func handle(_ commit: PendingCommit<M>, isEnough: Bool) {
        if commit.sealed != nil { needsMark = true }
        let moreIsWaiting = !backlog.isEmpty || inbox.look { !$0.queue.isEmpty }
        if isEnough || !disk.isIdle || moreIsWaiting {
            // It does not wait for the disk's thread while that waits for commits to be told.
            if !disk.hasRoom { teller.tellWaiting() }
            disk.handOver(commit)
        } else {
            drain()
            completion.tell(completion.write(commit))
        }
    }
}
