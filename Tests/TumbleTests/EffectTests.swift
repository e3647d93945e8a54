import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import Tumble

/// What a machine asks to be done outside.
@Suite(.timeLimit(.minutes(5))) struct EffectTests {
    private struct Unable: Error {}

    /// Fails so many times, then answers with a mutation.
    private final class Announcer: EffectHandler {
        typealias M = CounterMachine
        private let failures: Lock<Int>

        init(failing failures: Int) { self.failures = Lock(failures) }

        func perform(_ effect: CounterMachine.Effect) async throws -> CounterMachine.Mutation? {
            let fails = failures.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            if fails { throw Unable() }
            guard case .announce(let name) = effect, name != "quiet" else { return nil }
            return .add(name, 100)
        }
    }

    @Test func `an effect is done once its commit is durable, and what came of it comes back`()
        async throws
    {
        let harness = try RunnerHarness(
            on: SimulatedDisk(), effects: Announcer(failing: 0))
        _ = try await harness.runner.submit(.announce("a"))
        while try harness.published.state().counters["a"] != 100 { await Task.yield() }
        #expect(harness.runner.status.stuckEffects.isEmpty)
        await harness.runner.stop()
    }

    @Test func `an effect that fails is tried again after growing pauses, and shown meanwhile`()
        async throws
    {
        let pauses = Lock([Duration]())
        let stuck = Lock([StuckEffect]())
        let outcomes = Lock([CounterMachine.Mutation]())
        let runner = Lock<EffectRunner<CounterMachine>?>(nil)
        let effects = EffectRunner<CounterMachine>(Announcer(failing: 3)) { pause in
            pauses.withLock { $0.append(pause) }
            let now = runner.withLock { $0 }?.stuck ?? []
            stuck.withLock { $0 += now }
        } submit: { mutation in
            outcomes.withLock { $0.append(mutation) }
        }
        runner.withLock { $0 = effects }
        effects.start([.announce("a"), .announce("quiet")])
        while outcomes.withLock({ $0.isEmpty }) || !effects.stuck.isEmpty { await Task.yield() }
        #expect(pauses.withLock { $0.count } == 3)
        #expect(pauses.withLock { $0.allSatisfy { $0 >= .seconds(1) && $0 <= .seconds(4) } })
        #expect(stuck.withLock { $0.contains { $0.lastError.contains("Unable") } })
        runner.withLock { $0 = nil }
    }

    @Test func `an effect that is cancelled in a pause ends`() async throws {
        let paused = Monitor(false)
        let effects = EffectRunner<CounterMachine>(Announcer(failing: .max)) { _ in
            paused.update { $0 = true }
            // Nothing ever comes of it, until the task is cancelled.
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
            continuation.finish()
            throw CancellationError()
        } submit: { _ in
        }
        effects.start([.announce("a")])
        while !paused.look({ $0 }) || effects.stuck.isEmpty { await Task.yield() }
        #expect(effects.stuck.map(\.attempts) == [1])
        effects.cancelAll()
        while !effects.stuck.isEmpty { await Task.yield() }
    }

    @Test func `pauses double up to two hours`() {
        let pauses = [1, 2, 3, 13, 14, 1000].map(EffectRunner<CounterMachine>.backOff)
        #expect(pauses == [1, 2, 4, 4096, 7200, 7200].map { .seconds($0) })
    }
}
