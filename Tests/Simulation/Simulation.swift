import Coordinator
import Foundation
import Journal
import Platform
import ReadModels
import TestSupport
import Tumble

/// One seeded run: lives of the engine, one after another, on one disk.
struct Simulation {
    private let seed: UInt64
    var numbers: SeededNumbers
    let clock = ManualClock()
    var disk = SimulatedDisk()
    var catalog: SimulatedCatalog
    private var workload: Workload
    var model = Model()
    var engine: SimulatedEngine
    var store = SimulatedStore()
    let images: CrashImages
    private let filler: FillerBetween
    private let slowDisk: SlowDisk
    private var isFull = false
    private var step = 0
    var summary = SimulationSummary()

    /// - Parameter imagesPerChange: how many crash images are looked at before a change of the
    ///   disk, on average.
    init(seed: UInt64, imagesPerChange: Double) throws(SimulationFailure) {
        self.seed = seed
        numbers = SeededNumbers(seed: seed)
        workload = Workload(seed: seed ^ 0x5eed)
        do {
            catalog = try SimulatedCatalog()
            engine = try SimulatedEngine(disk, clock, catalog.contents, live: catalog.catalog)
        } catch {
            throw SimulationFailure(step: 0, what: "an empty disk: \(error)")
        }
        images = CrashImages(
            seed: seed ^ 0xc4a5, clock: clock, perChange: imagesPerChange, catalog: catalog,
            initial: Fingerprint(engine.processor))
        filler = FillerBetween(seed: seed ^ 0xf111)
        slowDisk = SlowDisk(seed: seed ^ 0x510e, clock: clock)
        watch()
    }

    mutating func run(steps: Int) throws(SimulationFailure) {
        for step in 1...steps {
            self.step = step
            try at(step) { (self) in try self.takeStep() }
        }
        disk.limit(to: nil)
        try at(steps) { (self) in
            try self.restart(self.disk.afterCrash(seed: self.seed), powerLost: true)
            try self.settleStore()
        }
        summary.images = images.count
        summary.slowChanges = slowDisk.count
        summary.effects = store.removals
        summary.failedEffects = store.failures
    }

    private mutating func at(
        _ step: Int, _ body: (inout Simulation) throws -> Void
    ) throws(SimulationFailure) {
        do {
            try body(&self)
            if let problem = images.problem { throw SimulationFailure(step: step, what: problem) }
        } catch let failure as SimulationFailure {
            throw failure
        } catch {
            throw SimulationFailure(step: step, what: "\(error)")
        }
    }

    private mutating func takeStep() throws {
        switch numbers.next() % 100 {
        case 0..<60: try submit()
        case 60..<66: try tellCatalog()
        case 66..<72: clock.advance(by: .seconds(Double(numbers.next() % 400)))
        case 72: slowDisk.slowDown(changes: Int(numbers.next() % 12))
        case 73: clock.advance(by: .seconds(86_400))
        case 74: jumpClock()
        case 75: try acceptClock()
        case 76..<79: do { try engine.journal.sink.mark() } catch { try crash() }
        case 79..<83: try tellCatalog()
        case 83: catalog.checkpoint()
        case 84: try stop()
        case 85: try rewrite()
        case 86..<88: try die()
        case 88..<90:
            disk.losePower(beforeChange: disk.changeCount + Int(numbers.next() % 12))
            summary.faults += 1
        case 90..<92: arm([.write, .sync][Int(numbers.next() % 2)], code: EIO)
        case 92: arm([.rename, .create, .syncDirectory][Int(numbers.next() % 3)], code: EIO)
        case 93: arm([.write, .sync, .truncate][Int(numbers.next() % 3)], sticky: true, code: EIO)
        case 94: arm(.write, code: ENOSPC)
        case 95..<97: fillUp()
        case 97: try damageCopies()
        case 98: try readBack()
        default: try crash()
        }
    }
}

// What befalls it.
extension Simulation {
    private mutating func arm(_ change: SimulatedDisk.Change, sticky: Bool = false, code: Int32) {
        disk.fail(
            change, skipping: Int(numbers.next() % 4), sticky: sticky, code: code,
            seed: numbers.next())
        summary.faults += 1
    }

    private mutating func fillUp() {
        isFull.toggle()
        let used = disk.files.values.reduce(0) { $0 + $1.count }
        disk.limit(to: isFull ? used + Int(numbers.next() % 20_000) : nil)
        summary.faults += 1
    }

    /// The wall clock is set to another year, or back to where it would be.
    private mutating func jumpClock() {
        let years = Double(Int64(numbers.next() % 41) - 20)
        let steady = Timestamp(microseconds: 1_700_000_000_000_000).adding(clock.monotonic())
        clock.jump(to: steady.adding(.seconds(numbers.next() % 2 == 0 ? 0 : years * 31_557_600)))
        summary.clockJumps += 1
    }

    private mutating func crash() throws {
        summary.crashes += 1
        var after = disk.afterCrash(seed: numbers.next())
        // Now and then the power goes again while it recovers, three deep.
        for _ in 0..<3 where numbers.next() % 3 == 0 {
            after.losePower(beforeChange: Int(numbers.next() % 12))
            do { _ = try SimulatedEngine.recover(after, clock) } catch { /* The power is gone. */  }
            after = after.afterCrash(seed: numbers.next())
        }
        try restart(after, powerLost: true)
    }

    /// The process ends in good order.
    private mutating func stop() throws {
        do throws(JournalError) {
            try engine.journal.sink.close()
        } catch {
            // It failed before, or fails now: the next life finds what there is.
        }
        summary.restarts += 1
        try restart(disk.copy(), powerLost: false)
    }

    /// Sealed segments are written anew, without what is archived.
    private mutating func rewrite() throws {
        guard !disk.isTroubled, !isFull else { return }
        let subjects = try unwanted()
        let rule = RewriteRule(reliedOn: images.acknowledged) { _, run in
            run.map { subjects.contains($0.subject) } == true ? .leaveOut : .keep
        }
        try engine.journal.sink.close()
        let rewriter = SimulatedEngine.rewriter(disk)
        let sealed = try SimulatedEngine.directory(disk).segments().dropLast()
        let start = Int(numbers.next() % UInt64(max(1, sealed.count)))
        let some = Array(sealed.dropFirst(start).prefix(Int(numbers.next() % 3) + 1))
        guard !some.isEmpty else { return try restart(disk.copy(), powerLost: false) }
        if let outcome = try rewriter.rewrite(some, by: rule, goOn: { _ in true }) {
            summary.rewritten += some.count
            summary.note(outcome.leftOut)
        }
        try restart(disk.copy(), powerLost: false)
    }

    /// The process is killed; the machine goes on and keeps what was written and not synced.
    private mutating func die() throws {
        summary.kills += 1
        try restart(disk.copy(), powerLost: false)
    }
}

// What it does.
extension Simulation {
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
            for _ in 0..<numbers.next() % 4 + 1 { mutations.append(try nextMutation()) }
            summary.mutations += mutations.count
            if let undurable = decide(mutations) {
                waiting.append((undurable, mutations))
            }
        }
        for (index, (undurable, mutations)) in waiting.enumerated() {
            guard append(undurable, mutations) else {
                // A full disk is met before anything is decided.
                guard disk.isTroubled else { throw failure("a full disk stops the writer") }
                for (_, mutations) in waiting[index...] { lose(mutations) }
                // The writer has stopped for good: a person starts it again, or the machine.
                if numbers.next() % 2 == 0 { try crash() } else { try die() }
                return
            }
        }
    }

    private mutating func nextMutation() throws -> CoordinatorMutation {
        switch numbers.next() % 40 {
        case 0: if let removal = try removal() { return removal }
        case 1..<5:
            if let report = store.work(isAway: numbers.next() % 3 == 0) { return report }
        default: break
        }
        let mutation = try workload.next()
        // An archivist looks at the stream before it writes.
        if case .archiveStream(let report) = mutation,
            try engine.hot.find(FamilySubject(report.target)) != nil
        {
            store.put(report.stream.url)
        }
        return mutation
    }

    mutating func decide(
        _ mutations: [CoordinatorMutation], acceptingClock: Bool = false
    ) -> SimulatedEngine.Undurable? {
        let (undurable, outcomes, fired) = engine.decide(
            mutations, acceptingClock: acceptingClock)
        summary.deadlines += fired
        // A refusal is an answer about what is applied: it waits for what is before it.
        guard let undurable else {
            summary.refused += outcomes.count
            return nil
        }
        images.note(Fingerprint(engine.processor), after: undurable.commit.last)
        return undurable
    }

    mutating func append(
        _ undurable: SimulatedEngine.Undurable, _ mutations: [CoordinatorMutation]
    ) -> Bool {
        filler.begin(engine.journal.sink)
        defer { filler.end() }
        guard engine.append(undurable) else { return false }
        images.acknowledged = undurable.commit.last
        store.begin(undurable.effects)
        summary.commits += 1
        for (mutation, outcome) in zip(mutations, undurable.outcomes) { count(mutation, outcome) }
        return true
    }

    private mutating func count(
        _ mutation: CoordinatorMutation, _ outcome: SimulatedEngine.Outcome
    ) {
        model.note(mutation, outcome)
        switch (mutation, outcome) {
        case (.purgeStream, .success): summary.purges += 1
        case (.deletePrefix, .success): summary.removals += 1
        case (_, .success(.expired(let streams))): summary.removals += streams.count
        default: break
        }
        switch outcome {
        case .success(let reply):
            workload.hear(reply)
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

    mutating func acceptClock() throws {
        guard engine.prepareSpace(), let undurable = decide([], acceptingClock: true) else {
            return
        }
        guard append(undurable, []) else { return try crash() }
    }

    private mutating func tellCatalog() throws {
        guard let changes = engine.tellCatalog(Int(numbers.next() % 60) + 1) else { return }
        try catalog.record(changes)
        images.catalog = catalog
    }
}

// How it is judged.
extension Simulation {
    private func watch() {
        disk.watch { [images, filler, slowDisk, disk] change, path in
            images.look(at: disk)
            slowDisk.work()
            filler.work(before: change, of: path)
        }
    }

    private mutating func restart(_ disk: SimulatedDisk, powerLost: Bool) throws {
        self.disk = disk
        isFull = false
        if powerLost { try catalog.rollBack(to: catalog.contents(afterCrash: numbers.next())) }
        if numbers.next() % 8 == 0 { try catalog.drop() }
        summary.cooled += engine.cooled
        store.endProcess()
        engine = try SimulatedEngine(disk, clock, catalog.contents, live: catalog.catalog)
        let last = engine.journal.lastRecord
        guard engine.journal.report.losses.isEmpty else {
            throw failure("\(engine.journal.report)")
        }
        guard engine.hot.published == last else { throw failure("readers are not up to date") }
        let fingerprint = Fingerprint(engine.processor)
        guard let expected = images.states[last], expected == fingerprint else {
            throw failure(
                "the state at record \(last) is another than before: \(fingerprint), not "
                    + "\(images.states[last].map { "\($0)" } ?? "that of a commit")")
        }
        images.forget(after: last)
        images.catalog = catalog
        if let problem = try model.judge(engine) { throw failure(problem) }
        try judgeStore()
        try judgeReplay()
        watch()
        try judgeDeadlines()
        summary.note(engine.processor.lastRecord.rawValue)
        summary.entries = engine.processor.state.streams.values.reduce(0) {
            $0 + Int($1.received.contiguousEnd)
        }
    }

    /// What was acknowledged is served at once.
    private func readBack() throws {
        if !disk.isTroubled, let problem = try model.judgeReads(of: engine) {
            throw failure(problem)
        }
    }

    /// What was served is there after another crash at once, without a catalog too.
    private mutating func judgeReplay() throws {
        let again = try SimulatedEngine(
            disk.afterCrash(seed: numbers.next()), clock, try SimulatedCatalog().contents)
        guard
            try again.everything() == engine.everything(),
            again.processor.state.tasks == engine.processor.state.tasks,
            Fingerprint(again.processor) == Fingerprint(engine.processor)
        else { throw failure("what was served does not survive another crash") }
    }

    /// All that is due.
    mutating func fireDue() throws {
        var commits = 0
        while engine.prepareSpace(), let undurable = decide([]) {
            commits += 1
            guard commits < 1000 else { throw failure("what is due never ends") }
            guard append(undurable, []) else { throw failure("a whole disk refuses a commit") }
        }
    }

    private mutating func judgeDeadlines() throws {
        try fireDue()
        let facts = try JournalFacts(engine.journal.reader)
        let now = engine.now()
        if let problem = facts.judgeDeadlines(at: now, Workload.timers) { throw failure(problem) }
    }

    func failure(_ what: String) -> SimulationFailure {
        SimulationFailure(step: step, what: what)
    }
}
