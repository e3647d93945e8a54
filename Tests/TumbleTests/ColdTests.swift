import Platform
import TestSupport
import Testing
import Tumble

/// What is not in memory is read beside the writer, and nobody notices but by the time it takes.
struct ColdTests {
    private typealias Outcome = ProcessorRunner<CounterMachine>.Outcome

    private let store = CounterStore()
    private let harness: RunnerHarness

    init() throws {
        // Whatever may leave memory leaves it with the next commit.
        var options = ColdOptions<CounterMachine>(store: store, grace: .zero)
        options.interval = .zero
        options.busyInterval = .zero
        options.waitingLimit = 3
        harness = try RunnerHarness(on: SimulatedDisk(), cold: options)
    }

    private var runner: ProcessorRunner<CounterMachine> { harness.runner }

    /// A counter that has left memory.
    private func cool(_ name: String, at value: Int) async throws {
        _ = try await runner.submit(.add(name, value))
        try store.follow(harness.published)
        // It leaves with this commit, and what is warm is asked for nowhere.
        _ = try await runner.submit(.add("warm", 0))
    }

    /// Hands a mutation in and returns at once; the answer comes when it is asked for.
    private func begin(_ mutation: CounterMachine.Mutation) -> Promised<Outcome> {
        let promised = Promised<Outcome>()
        runner.submit([mutation]) { outcomes in
            for outcome in outcomes { promised.keep(outcome) }
        }
        return promised
    }

    @Test func `a mutation of a cold family is decided on what the store has`() async throws {
        try await cool("cold-a", at: 10)
        #expect(try await runner.submit(.subtract("cold-a", 4)) == 6)
        #expect(store.asked.last == "cold-a")
        let digest = runner.status.digest
        await runner.stop()
        #expect(try harness.published.state().counters["cold-a"] == 6)
        // A store that begins anew follows the replay.
        try store.follow(Published())
        try await harness.restart()
        #expect(harness.runner.status.digest == digest)
    }

    @Test func `what is warm goes on while what is cold is read`() async throws {
        try await cool("cold-a", at: 10)
        store.hold(true)
        let cold = begin(.add("cold-a", 1))
        store.waitUntilAsked(for: "cold-a")
        for value in 1...20 { #expect(try await runner.submit(.add("warm", 1)) == value) }
        #expect(cold.value == nil)
        store.hold(false)
        #expect(try await cold.wait().get() == 11)
    }

    @Test func `nobody overtakes another that waits for the same family`() async throws {
        try await cool("cold-a", at: 10)
        try await cool("cold-b", at: 0)
        // The second waits for the batch after that in which the first is read.
        store.hold(true)
        let other = begin(.add("cold-b", 1))
        store.waitUntilAsked(for: "cold-b")
        let first = begin(.transfer(from: "cold-a", to: "cold-b", 10))
        let second = begin(.subtract("cold-a", 1))
        store.hold(false)
        #expect(try await other.wait().get() == 1)
        #expect(try await first.wait().get() == 0)
        #expect(await second.wait() == .failure(.rejected(.overdrawn("cold-a"))))
    }

    @Test(arguments: 1...8)
    func `families that leave and come back all the time lose no change and keep the order`(
        _ seed: Int
    ) async throws {
        var options = ColdOptions<CounterMachine>(store: store, grace: .zero)
        options.interval = .zero
        options.busyInterval = .zero
        let harness = try RunnerHarness(on: SimulatedDisk(), cold: options)
        var numbers = SeededNumbers(seed: UInt64(seed))
        var sums: [String: Int] = [:]
        var promised: [(wanted: Int, answer: Promised<Outcome>)] = []
        for step in 0..<400 {
            let name = "cold-\(numbers.next() % 6)"
            sums[name, default: 0] += step
            let answer = Promised<Outcome>()
            harness.runner.submit([.add(name, step)]) { outcomes in
                for outcome in outcomes { answer.keep(outcome) }
            }
            promised.append((sums[name, default: 0], answer))
            if numbers.next() % 4 == 0 { _ = await answer.wait() }
            if numbers.next() % 3 == 0 { try store.follow(harness.published) }
        }
        for (wanted, answer) in promised { #expect(try await answer.wait().get() == wanted) }
        await harness.runner.stop()
        #expect(try harness.published.state().counters == sums)
        #expect(store.asked.count > 6)
    }

    @Test func `what waits for families has a limit, and what is warm is not counted`()
        async throws
    {
        try await cool("cold-a", at: 10)
        store.hold(true)
        let waiting = (1...3).map { begin(.add("cold-a", $0)) }
        store.waitUntilAsked(for: "cold-a")
        _ = try await runner.submit(.add("warm", 1))
        #expect(await begin(.add("cold-a", 4)).wait() == .failure(.busy(limit: 3)))
        #expect(try await runner.submit(.add("warm", 1)) == 2)
        store.hold(false)
        var values: [Int] = []
        for answer in waiting { values.append(try await answer.wait().get()) }
        #expect(values == [11, 13, 16])
    }

    @Test func `what cannot be read is refused, and asked for again by whoever comes next`()
        async throws
    {
        try await cool("cold-a", at: 10)
        store.fail(true)
        let refused = await begin(.add("cold-a", 1)).wait()
        #expect(refused == .failure(.unreadable(reason: "broken")))
        store.fail(false)
        #expect(try await runner.submit(.add("cold-a", 1)) == 11)
    }

    @Test func `a deadline waits for its family, and fires once`() async throws {
        try await cool("cold-a", at: 10)
        store.fail(true)
        await harness.advance(by: CounterMachine.lifetime)
        #expect(try harness.published.state().expirations == 1)  // That of the warm one.
        store.fail(false)
        // With the next look it is tried again.
        _ = try await runner.submit(.add("warm", 1))
        await runner.fireDue()
        #expect(try harness.published.state().expirations == 2)
        #expect(try harness.published.state().counters["cold-a"] == nil)
        #expect(runner.status.pending == 1)
    }

    @Test func `a stop waits for what is being read`() async throws {
        let runner = runner
        try await cool("cold-a", at: 10)
        store.hold(true)
        let cold = begin(.add("cold-a", 1))
        store.waitUntilAsked(for: "cold-a")
        async let stopped: Void = runner.stop()
        store.hold(false)
        await stopped
        #expect(try await cold.wait().get() == 11)
    }
}

/// Something that comes later, on another thread.
private final class Promised<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiter: CheckedContinuation<Value, Never>?
    }

    private let state = Lock(State())

    var value: Value? { state.withLock { $0.value } }

    func keep(_ value: Value) {
        let waiter = state.withLock { state in
            state.value = value
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    /// Only one waits at a time, and only once.
    func wait() async -> Value {
        await withCheckedContinuation { caller in
            let value = state.withLock { state -> Value? in
                if state.value == nil { state.waiter = caller }
                return state.value
            }
            if let value { caller.resume(returning: value) }
        }
    }
}
