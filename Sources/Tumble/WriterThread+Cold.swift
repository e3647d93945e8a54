import Platform

// What is not in memory.
extension WriterThread {
    /// Puts a submission aside until what its next mutation reads is in memory; or has that mutation
    /// refused, if it cannot be read or too much waits already. True if it was put aside.
    func setAside(_ submission: Submission<M>, until subjects: [M.Subject]) -> Bool {
        precondition(cold != nil, "a machine that lets families leave has a store for them")
        guard let refusal = cold?.add(submission, until: subjects) ?? nil else { return true }
        submission.outcomes.append(.failure(refusal))
        return false
    }

    /// Whether something is due that waits for what it reads.
    var waitsForDeadlines: Bool { !processor.waiting.isEmpty || cold?.hasDeadlines == true }

    /// Takes in what was read; what waits is decided next, in its order.
    func takeAnswers() {
        guard let isReading = cold?.isReading, isReading else { return }
        let batch = inbox.look { inbox in
            defer { inbox.answers = nil }
            return inbox.answers
        }
        guard let batch else { return }
        var found: [(subject: M.Subject, family: M.Family?)] = []
        for case (let subject, .success(let family)) in batch { found.append((subject, family)) }
        processor.take(found)
        let (ready, failed) = cold?.take(batch) ?? ([], [])
        for deadline in ready { processor.wake(deadline) }
        postponed += failed
        takeBackAside()
    }

    /// What was put aside came before everything that is in the backlog.
    func takeBackAside() {
        guard let aside = cold?.takeSubmissions(), !aside.isEmpty else { return }
        backlog.prepend(contentsOf: aside)
    }

    /// Lets go what is finished, a little at a time, and asks for what is missing.
    func goOnWithCold(at now: Timestamp) {
        cold?.add(processor.takeWaiting())
        sweep(at: now)
        cold?.ask()
    }

    private func sweep(at now: Timestamp) {
        guard let options = cold?.sweepOptions(at: clock.monotonic()) else { return }
        let outcome = processor.evict(
            Sweep(
                now: now, applied: processor.lastRecord, kept: options.store.kept,
                grace: options.grace))
        for deadline in postponed { processor.wake(deadline) }
        postponed = []
        let isBusy = outcome.evicted > 0 || outcome.waiting > 0
        cold?.nextSweep = clock.monotonic() + (isBusy ? options.busyInterval : options.interval)
    }
}
