import Platform

/// How long a worker rests so that the rest of the program hardly notices it.
///
/// A low priority alone is not enough: whatever a worker has the kernel do, such as making files
/// and syncing them, holds the journal up as well. So while the others keep the machine busy, it
/// works a tenth of the time.
struct ArchivalPace {
    /// Below this part of the machine the others are not disturbed.
    static let idleShare = 0.25
    /// From this part on they need all of it.
    static let busyShare = 0.5
    /// So many times as long as it worked it rests beside a busy program.
    static let mostRest = 9.0
    /// Less is not worth going to sleep for.
    private static let shortest = Duration.milliseconds(2)
    /// The lease goes on meanwhile.
    private static let longest = Duration.seconds(1)

    private let cores: Int
    private var last: ProcessLoad
    /// CPU time of all workers, as far as each has told.
    private var workers: Duration
    private var owed = Duration.zero

    /// - Parameter workers: what all workers together have used until now.
    init(from load: ProcessLoad, workers: Duration, cores: Int) {
        last = load
        self.workers = workers
        self.cores = cores
    }

    /// The time to rest now, after what was done since the last call.
    ///
    /// - Parameter total: CPU time of all workers, this one included.
    mutating func rest(after load: ProcessLoad, workers total: Duration) -> Duration {
        let worked = load.moment - last.moment
        let others = (load.program - last.program) - (total - workers)
        last = load
        workers = total
        guard worked > .zero else { return .zero }
        let share = max(.zero, others) / (worked * cores)
        let weight = (share - Self.idleShare) / (Self.busyShare - Self.idleShare)
        owed += worked * (Self.mostRest * min(1, max(0, weight)))
        guard owed >= Self.shortest else { return .zero }
        let rest = min(owed, Self.longest)
        owed -= rest
        return rest
    }

    /// Goes on after a rest: it was no work.
    mutating func begin(at load: ProcessLoad, workers total: Duration) {
        last = load
        workers = total
    }
}
