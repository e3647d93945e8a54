import TestSupport

/// A disk that takes its time now and then: clocks go on while it works, leases end and deadlines
/// come due between the decision of a commit and its sync.
///
/// `@unchecked Sendable`: a simulation runs on one thread, which the disk calls back on.
final class SlowDisk: @unchecked Sendable {
    private var numbers: SeededNumbers
    private let clock: ManualClock
    /// Changes that are still slow.
    private var left = 0
    private(set) var count = 0

    init(seed: UInt64, clock: ManualClock) {
        numbers = SeededNumbers(seed: seed)
        self.clock = clock
    }

    func slowDown(changes: Int) { left = changes }

    /// A change of the disk is about to be made.
    func work() {
        guard left > 0 else { return }
        left -= 1
        count += 1
        clock.advance(by: .milliseconds(Int64(numbers.next() % 120_000)))
    }
}
