import Journal

// What is not in memory.
extension Processor {
    /// Counts the times when families left memory.
    package var round: Int { answers.round }

    /// What is due and waits for what it reads; whoever takes it fetches that and calls `wake`.
    package mutating func takeWaiting() -> [WaitingDeadline<M>] {
        defer { waiting = [] }
        return waiting
    }

    /// Takes in what a store had, unless families have left memory since it was asked.
    package mutating func take(
        _ found: [(subject: M.Subject, family: M.Family?)], askedIn round: Int
    ) {
        guard round == answers.round else { return }
        for (subject, family) in found {
            if let family { machine.admit(family, to: &state) }
            answers.note(subject)
        }
    }

    /// Lets a deadline that waited fire again.
    package mutating func wake(_ deadline: WaitingDeadline<M>) { queue(deadline.id) }

    /// Lets families leave memory.
    package mutating func evict(_ sweep: Sweep) -> SweepOutcome {
        let outcome = machine.evict(from: &state, sweep)
        if outcome.evicted > 0 { answers.forget() }
        return outcome
    }
}

/// A deadline that is due and waits for what it reads to come to memory.
package struct WaitingDeadline<M: Machine>: Sendable {
    let id: RecordNumber
    package let subjects: [M.Subject]
}
