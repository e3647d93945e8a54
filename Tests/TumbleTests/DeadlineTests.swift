import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import Tumble

/// What fires, when, and what is held.
@Suite(.timeLimit(.minutes(5))) struct DeadlineTests {
    private static let noon = Timestamp(microseconds: 1_700_000_000_000_000)

    @Test func `what destroys waits while it is held, and holds up nothing else`() async throws {
        let harness = try RunnerHarness(on: SimulatedDisk())
        _ = try await harness.runner.submit(.add("precious", 1))
        _ = try await harness.runner.submit(.add("plain", 1))
        // The machine wakes up in another year, and time follows once that has lasted.
        harness.clock.jump(to: harness.clock.wall().adding(.seconds(86_400 * 365)))
        await harness.advance(by: .seconds(1))
        await harness.advance(by: .seconds(601))
        var counters = try harness.published.state().counters
        #expect(counters["precious"] == 1 && counters["plain"] == nil)
        harness.runner.acceptClock()
        await harness.runner.fireDue()
        await harness.runner.fireDue()
        counters = try harness.published.state().counters
        #expect(counters.isEmpty)
        await harness.runner.stop()
    }

    @Test func `a held deadline wakes nobody`() {
        var queue = DeadlineQueue()
        let later = Self.noon.adding(.seconds(60))
        queue.insert(RecordNumber(rawValue: 1), due: Self.noon, highPriority: false, destroys: true)
        #expect(queue.next(holdingDestruction: true) { _ in true } == nil)
        #expect(queue.next(holdingDestruction: false) { _ in true } == Self.noon)
        queue.insert(RecordNumber(rawValue: 2), due: later, highPriority: false, destroys: false)
        #expect(queue.next(holdingDestruction: true) { _ in true } == later)
        #expect(
            queue.popDue(at: later, holdingDestruction: true) { _ in true }?.rawValue == 2)
        #expect(queue.popDue(at: later, holdingDestruction: true) { _ in true } == nil)
        #expect(
            queue.popDue(at: later, holdingDestruction: false) { _ in true }?.rawValue == 1)
    }

    @Test func `high priority comes first, and what is dead is passed over and dropped`() {
        var queue = DeadlineQueue()
        for number in 1...3000 as ClosedRange<UInt64> {
            queue.insert(
                RecordNumber(rawValue: number),
                due: Self.noon.adding(.seconds(Double(number % 7))), highPriority: number % 2 == 0,
                destroys: false)
        }
        let isPending: (RecordNumber) -> Bool = { $0.rawValue > 2900 }
        let first = queue.popDue(
            at: Self.noon.adding(.seconds(9)), holdingDestruction: false, where: isPending)
        #expect(first.map { $0.rawValue > 2900 && $0.rawValue % 2 == 0 } == true)
        queue.compact(live: 99, where: isPending)
        #expect(queue.count == 99)
        #expect(queue.next(holdingDestruction: false, where: isPending) != nil)
    }

    @Test func `deadlines that do not fit a commit fire in the next`() async throws {
        let harness = try RunnerHarness(on: SimulatedDisk())
        let long = String(repeating: "n", count: 600)
        for number in 0..<200 { _ = try await harness.runner.submit(.add("\(long)\(number)", 1)) }
        await harness.advance(by: .seconds(61))
        while try !harness.published.state().counters.isEmpty {
            await harness.runner.fireDue()
        }
        #expect(try harness.published.state().expirations == 200)
        await harness.runner.stop()
    }

    @Test func `what is refused when it fires is journaled, gone, and the last hundred are shown`()
        async throws
    {
        let harness = try RunnerHarness(on: SimulatedDisk())
        for number in 0..<101 {
            _ = try await harness.runner.submit(.add("a\(number)", 1))
            _ = try await harness.runner.submit(.expire("a\(number)"))
        }
        await harness.advance(by: .seconds(61))
        let status = harness.runner.status
        #expect(status.pending == 0)
        #expect(status.refusals.count == 101 && status.refusals.recent.count == 100)
        #expect(status.refusals.recent.last?.reason.contains("unknown") == true)
        try await harness.restart()
        #expect(harness.runner.status.pending == 0)
        await harness.runner.stop()
    }

    @Test func `a mutation that no commit can hold is refused with the limit`() async throws {
        let harness = try RunnerHarness(on: SimulatedDisk())
        let name = String(repeating: "n", count: 80 << 10)
        await #expect(throws: SubmitFailure<CounterMachine.Rejection>.self) {
            try await harness.runner.submit(.add(name, 1))
        }
        _ = try await harness.runner.submit(.add("a", 1))
        await harness.runner.stop()
    }
}
