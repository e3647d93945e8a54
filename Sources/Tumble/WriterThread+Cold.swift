import Platform

/// What the writer thread has to do with what is not in memory.
struct ColdWork<M: Machine> {
    let options: ColdOptions<M>
    let reading: ColdReading<M>
    /// Questions without an answer so far.
    var open = 0
    /// Those of them that deadlines wait for.
    var openForDeadlines = 0
    /// When to look next for what may leave, by the monotonic clock.
    var nextSweep = Duration.zero
}

// What is not in memory.
extension WriterThread {
    /// Puts a submission aside until what its next mutation reads is in memory.
    func setAside(_ submission: Submission<M>, until subjects: [M.Subject]) {
        ask(subjects, for: .submission(submission))
    }

    /// Asks for what deadlines wait for that have come due.
    func askForDeadlines() {
        for deadline in processor.takeWaiting() {
            cold?.openForDeadlines += 1
            ask(deadline.subjects, for: .deadline(deadline))
        }
    }

    var isReadingForDeadlines: Bool { (cold?.openForDeadlines ?? 0) > 0 }

    private func ask(_ subjects: [M.Subject], for asker: ColdReading<M>.Asker) {
        guard cold != nil else {
            // Where nothing is cold, nothing is missing.
            preconditionFailure("a machine that lets families leave has a store for them")
        }
        cold?.open += 1
        cold?.reading.ask(
            ColdReading.Question(subjects: subjects, asker: asker, round: processor.round))
    }

    /// Takes in what was read, and goes on with what waited for it.
    func takeAnswers() {
        guard let open = cold?.open, open > 0 else { return }
        let answers = inbox.look { inbox in
            defer { inbox.answers = [] }
            return inbox.answers
        }
        guard !answers.isEmpty else { return }
        cold?.open -= answers.count
        // The first that was asked comes first again.
        for answer in answers.reversed() { take(answer) }
    }

    private func take(_ answer: ColdReading<M>.Answer) {
        let question = answer.question
        if case .deadline = question.asker { cold?.openForDeadlines -= 1 }
        switch (answer.found, question.asker) {
        case (.success(let found), let asker):
            processor.take(found, askedIn: question.round)
            switch asker {
            case .submission(let submission): backlog.prepend(submission)
            case .deadline(let deadline): processor.wake(deadline)
            }
        case (.failure(let error), .submission(let submission)):
            submission.outcomes.append(.failure(.unreadable(reason: error.reason)))
            backlog.prepend(submission)
        case (.failure, .deadline(let deadline)): postponed.append(deadline)
        }
    }

    /// Lets go what is finished, a little at a time.
    func sweep(at now: Timestamp) {
        guard let cold, clock.monotonic() >= cold.nextSweep else { return }
        let outcome = processor.evict(
            Sweep(
                now: now, applied: processor.lastRecord, kept: cold.options.store.kept,
                grace: cold.options.grace))
        for deadline in postponed { processor.wake(deadline) }
        postponed = []
        let isBusy = outcome.evicted > 0 || outcome.waiting > 0
        let pause = isBusy ? cold.options.busyInterval : cold.options.interval
        self.cold?.nextSweep = clock.monotonic() + pause
    }
}
