import Coordinator
import Foundation
import Journal
import Platform
import TestSupport
import Tumble

/// One seeded run: lives of the engine, one after another, on one disk.
struct Simulation {
    private let seed: UInt64
    private var numbers: SeededNumbers
    private let clock = ManualClock()
    private var disk = SimulatedDisk()
    private var workload: Workload
    private var model = Model()
    private var engine: SimulatedEngine
    private var isFull = false
    private var step = 0
    private(set) var summary = SimulationSummary()

    init(seed: UInt64) throws(SimulationFailure) {
        self.seed = seed
        numbers = SeededNumbers(seed: seed)
        workload = Workload(seed: seed ^ 0x5eed)
        do {
            engine = try SimulatedEngine(disk, clock)
        } catch {
            throw SimulationFailure(step: 0, what: "an empty disk: \(error)")
        }
    }

    mutating func run(steps: Int) throws(SimulationFailure) {
        for step in 1...steps {
            self.step = step
            do {
                try takeStep()
            } catch let failure as SimulationFailure {
                throw failure
            } catch {
                throw SimulationFailure(step: step, what: "\(error)")
            }
        }
        disk.limit(to: nil)
        do {
            try restart(disk.afterCrash(seed: seed))
        } catch {
            throw SimulationFailure(step: steps, what: "at the end: \(error)")
        }
    }

    private mutating func takeStep() throws {
        switch numbers.next() % 100 {
        case 0..<72: try submit()
        case 72..<80: clock.advance(by: .seconds(Double(numbers.next() % 400)))
        case 80: clock.advance(by: .seconds(86_400))
        case 81..<86: try? engine.journal.sink.mark()
        case 86..<88: try cleanRestart()
        case 88..<91:
            disk.losePower(beforeChange: disk.changeCount + Int(numbers.next() % 12))
            summary.faults += 1
        case 91..<93: arm([.write, .sync][Int(numbers.next() % 2)], code: EIO)
        case 93..<95: arm([.rename, .create, .syncDirectory][Int(numbers.next() % 3)], code: EIO)
        case 95..<97:
            isFull.toggle()
            let used = disk.files.values.reduce(0) { $0 + $1.count }
            disk.limit(to: isFull ? used + Int(numbers.next() % 20_000) : nil)
        default: try crash()
        }
    }

    private mutating func arm(_ change: SimulatedDisk.Change, code: Int32) {
        disk.fail(change, skipping: Int(numbers.next() % 4), code: code, seed: numbers.next())
        summary.faults += 1
    }

    /// One commit, or two of which the second is decided before the first is on disk.
    private mutating func submit() throws {
        guard engine.prepareSpace() else {
            // Nothing is decided without space; here a disk that fails is replaced by a restart.
            if !isFull { try crash() }
            return
        }
        var waiting: [(SimulatedEngine.Undurable, [CoordinatorMutation])] = []
        for _ in 0..<(numbers.next() % 4 == 0 ? 2 : 1) {
            var mutations: [CoordinatorMutation] = []
            for _ in 0..<numbers.next() % 4 + 1 { mutations.append(try workload.next()) }
            summary.mutations += mutations.count
            let (undurable, outcomes, fired) = engine.decide(mutations, at: clock.wall())
            summary.deadlines += fired
            if let undurable {
                waiting.append((undurable, mutations))
            } else {
                // A refusal is an answer about what is applied: it waits for what is before it.
                summary.refused += outcomes.count
            }
        }
        for (index, (undurable, mutations)) in waiting.enumerated() {
            guard engine.append(undurable) else {
                for (_, mutations) in waiting[index...] { lose(mutations) }
                try crash()
                return
            }
            summary.commits += 1
            for (mutation, outcome) in zip(mutations, undurable.outcomes) {
                count(mutation, outcome)
            }
        }
    }

    private mutating func count(
        _ mutation: CoordinatorMutation, _ outcome: SimulatedEngine.Outcome
    ) {
        model.note(mutation, outcome)
        switch outcome {
        case .success:
            summary.acknowledged += 1
            summary.note(1)
        case .failure:
            summary.refused += 1
            summary.note(2)
        }
    }

    private mutating func lose(_ mutations: [CoordinatorMutation]) {
        for mutation in mutations { model.note(mutation, nil) }
        summary.unknown += mutations.count
        summary.note(3)
    }

    private mutating func crash() throws {
        summary.crashes += 1
        var after = disk.afterCrash(seed: numbers.next())
        // Now and then the power goes again while it recovers.
        while numbers.next() % 3 == 0 {
            after.losePower(beforeChange: Int(numbers.next() % 12))
            if (try? SimulatedEngine(after, clock)) != nil { break }
            after = after.afterCrash(seed: numbers.next())
        }
        try restart(after.afterCrash(seed: numbers.next()))
    }

    private mutating func cleanRestart() throws {
        do throws(JournalError) {
            try engine.journal.sink.close()
        } catch {
            // It failed before, or fails now: the next life finds what there is.
        }
        summary.restarts += 1
        try restart(disk.copy())
    }

    private mutating func restart(_ disk: SimulatedDisk) throws {
        self.disk = disk
        isFull = false
        engine = try SimulatedEngine(disk, clock)
        guard engine.journal.report.losses.isEmpty else {
            throw SimulationFailure(step: step, what: "a loss: \(engine.journal.report)")
        }
        if let problem = try model.judge(engine) {
            throw SimulationFailure(step: step, what: problem)
        }
        try judgeReplay()
        summary.note(engine.processor.lastRecord.rawValue)
        summary.entries = engine.processor.state.streams.values.reduce(0) {
            $0 + Int($1.received.contiguousEnd)
        }
    }

    /// A second engine on a copy of the disk comes to the same state.
    private func judgeReplay() throws {
        let again = try SimulatedEngine(disk.copy(), clock)
        guard
            again.processor.digest == engine.processor.digest,
            again.processor.state == engine.processor.state,
            again.processor.pending.count == engine.processor.pending.count
        else { throw SimulationFailure(step: step, what: "replay comes to another state") }
        let archived = Set(engine.processor.pending.values.compactMap(\.scheduled.name?.rawValue))
        for stream in engine.processor.state.streams.values where stream.terminalIndex == nil {
            let isDue = clock.wall() >= stream.created.adding(.seconds(172_800))
            guard isDue || archived.contains("archive-expired-\(stream.id.record)") else {
                throw SimulationFailure(
                    step: step, what: "\(stream.path.text) waits for no archival")
            }
        }
    }
}
