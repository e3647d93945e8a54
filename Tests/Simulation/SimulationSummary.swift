/// What happened in a run.
struct SimulationSummary: Equatable, CustomStringConvertible {
    var mutations = 0
    var acknowledged = 0
    var refused = 0
    var unknown = 0
    var commits = 0
    var crashes = 0
    var restarts = 0
    var kills = 0
    var faults = 0
    var clockJumps = 0
    /// Crash images that were recovered, those of crashes during recovery among them.
    var images = 0
    /// Copies of the journal that were damaged at rest.
    var damages = 0
    /// Segments that were written anew.
    var rewritten = 0
    var deadlines = 0
    /// Families that left memory because they were finished.
    var cooled = 0
    /// Streams that were hidden or shown again.
    var purges = 0
    /// Prefixes that were deleted, and streams that retention let go.
    var removals = 0
    /// Removals of archives that were done, and attempts at one that failed.
    var effects = 0
    var failedEffects = 0
    /// Changes that the disk took its time for.
    var slowChanges = 0
    var entries = 0
    /// Of all that happened, in order.
    var trace: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func note(_ value: UInt64) {
        trace = (trace ^ value) &* 0x100_0000_01b3
    }

    mutating func add(_ other: SimulationSummary) {
        mutations += other.mutations
        acknowledged += other.acknowledged
        refused += other.refused
        unknown += other.unknown
        commits += other.commits
        crashes += other.crashes
        restarts += other.restarts
        kills += other.kills
        faults += other.faults
        clockJumps += other.clockJumps
        images += other.images
        damages += other.damages
        rewritten += other.rewritten
        deadlines += other.deadlines
        cooled += other.cooled
        purges += other.purges
        removals += other.removals
        effects += other.effects
        failedEffects += other.failedEffects
        slowChanges += other.slowChanges
        entries += other.entries
        // Free of order, since runs end in any.
        trace &+= other.trace
    }

    private var figures: [(String, Int)] {
        [
            ("mutations", mutations), ("acknowledged", acknowledged), ("refused", refused),
            ("unknown", unknown), ("commits", commits), ("crashes", crashes),
            ("restarts", restarts), ("kills", kills), ("faults", faults),
            ("clock jumps", clockJumps), ("deadlines", deadlines), ("entries", entries),
            ("crash images", images), ("damaged copies", damages),
            ("rewritten segments", rewritten), ("cooled families", cooled), ("purges", purges),
            ("removals", removals), ("effects", effects), ("failed effects", failedEffects),
            ("slow changes", slowChanges),
        ]
    }

    var description: String {
        figures.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
            + ", trace \(String(trace, radix: 16))"
    }

    func json(seed: UInt64) -> String {
        let members = figures.map { name, value in
            "\"\(name.replacing(" ", with: "_"))\":\(value)"
        }.joined(separator: ",")
        return "{\"seed\":\(seed),\(members),\"trace\":\"\(String(trace, radix: 16))\"}"
    }
}

/// What a run found wrong.
struct SimulationFailure: Error, CustomStringConvertible {
    let step: Int
    let what: String

    var description: String { "step \(step): \(what)" }

    func json(seed: UInt64) -> String {
        let text = what.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "{\"seed\":\(seed),\"step\":\(step),\"failure\":\"\(text)\"}"
    }
}
