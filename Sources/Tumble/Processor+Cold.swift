import Journal

// What is not in memory.
extension Processor {
    /// What is due and waits for what it reads; whoever takes it fetches that and calls `wake`.
    package mutating func takeWaiting() -> [WaitingDeadline<M>] {
        defer { waiting = [] }
        return waiting
    }

    /// Takes in what a store had, which it was asked for after the last family left memory.
    package mutating func take(_ found: [(subject: M.Subject, family: M.Family?)]) {
        for (_, family) in found {
            if let family { machine.admit(family, to: &state) }
        }
        answers.note(found.lazy.map(\.subject))
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
