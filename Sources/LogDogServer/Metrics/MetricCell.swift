import CoreMetrics
import Platform

/// One series: a count, or count and sum of what was recorded.
final class MetricCell: CounterHandler, RecorderHandler, TimerHandler {
    enum Kind {
        case counter
        case summary

        var text: String { self == .counter ? "counter" : "summary" }
    }

    private struct Total {
        var count: Int64 = 0
        var sum: Double = 0
    }

    let kind: Kind
    private let total = Lock(Total())

    init(_ kind: Kind) { self.kind = kind }

    func increment(by amount: Int64) { total.withLock { $0.count &+= amount } }
    func reset() { total.withLock { $0 = Total() } }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        total.withLock { total in
            total.count += 1
            total.sum += value
        }
    }
    /// Seconds, as Prometheus counts time.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(_ key: MetricKey) -> [String] {
        let total = total.withLock { $0 }
        switch kind {
        case .counter: return ["\(key) \(total.count)"]
        case .summary:
            return [
                "\(key.with(suffix: "_count")) \(total.count)",
                "\(key.with(suffix: "_sum")) \(MetricKey.text(total.sum))",
            ]
        }
    }
}
