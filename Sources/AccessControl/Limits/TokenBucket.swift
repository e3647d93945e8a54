import ServiceConfiguration

/// A bucket that fills at a steady pace up to its burst, and from which work is paid.
struct TokenBucket {
    private let rate: Rate
    /// Below zero for a debt.
    private var level: Double
    private var time: Duration

    /// Full.
    init(_ rate: Rate, at now: Duration) {
        self.rate = rate
        level = Double(rate.burst)
        time = now
    }

    /// How long until `amount` can be paid; nil if it can be now.
    ///
    /// More than the burst is paid from a full bucket and leaves a debt: else it could never be.
    mutating func wait(for amount: Int64, at now: Duration) -> Duration? {
        fill(at: now)
        let needed = Double(min(amount, rate.burst)) - level
        // What floating point loses while filling is no debt.
        guard needed > 1e-6 else { return nil }
        return .seconds(needed / Double(rate.perSecond))
    }

    mutating func pay(_ amount: Int64, at now: Duration) {
        fill(at: now)
        level -= Double(amount)
    }

    /// Whether it is as good as a new one.
    mutating func isFull(at now: Duration) -> Bool {
        fill(at: now)
        return level >= Double(rate.burst)
    }

    private mutating func fill(at now: Duration) {
        let (seconds, attoseconds) = max(.zero, now - time).components
        let passed = Double(seconds) + Double(attoseconds) / 1e18
        level = min(Double(rate.burst), level + passed * Double(rate.perSecond))
        time = max(time, now)
    }
}
