import Journal
import Platform
import TestSupport
import Testing
import Tumble

/// The processor with its threads.
@Suite(.timeLimit(.minutes(5))) struct RunnerTests {
    @Test func `what was answered is published, and replay comes to the same digest`() async throws
    {
        let harness = try RunnerHarness()
        for number in 1...50 {
            let value = try await harness.runner.submit(.add("a", number))
            #expect(value == number * (number + 1) / 2)
            #expect(try harness.published.state().counters["a"] == value)
        }
        let digest = harness.runner.status.digest
        try await harness.restart()
        #expect(harness.runner.status.digest == digest)
        #expect(try harness.published.state().counters["a"] == 1275)
        await harness.runner.stop()
    }

    @Test func `a refusal changes nothing, and nothing to do is answered too`() async throws {
        let harness = try RunnerHarness()
        _ = try await harness.runner.submit(.add("a", 5))
        let digest = harness.runner.status.digest
        await #expect(throws: SubmitFailure.rejected(CounterMachine.Rejection.overdrawn("a"))) {
            try await harness.runner.submit(.subtract("a", 6))
        }
        #expect(try await harness.runner.submit(.nothing) == -1)
        #expect(harness.runner.status.digest == digest)
        await harness.runner.stop()
    }

    /// With 32 bytes nearly every commit counts as a large one, of which another thread tells.
    @Test(arguments: [32, RunnerOptions().bytesWorthCommit], [3, 16])
    func `many producers at once lose nothing and keep the order of each`(
        bytesWorthCommit: Int, producers: Int
    ) async throws {
        var options = RunnerOptions()
        options.bytesWorthCommit = bytesWorthCommit
        let harness = try RunnerHarness(options)
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                let runner = harness.runner
                group.addTask {
                    for step in 1...200 {
                        do {
                            let value = try await runner.submit(.add("p\(producer)", 1))
                            #expect(value == step)
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
            }
        }
        try await harness.restart()
        let state = try harness.published.state()
        #expect(state.counters.count == producers)
        #expect(state.counters.values.allSatisfy { $0 == 200 })
        await harness.runner.stop()
    }

    @Test func `a batch is decided in its order and answered as one`() async throws {
        let harness = try RunnerHarness()
        let outcomes = await withCheckedContinuation { caller in
            harness.runner.submit([.add("a", 1), .subtract("a", 2), .add("a", 3)]) {
                caller.resume(returning: $0)
            }
        }
        #expect(outcomes.map { try? $0.get() } == [1, nil, 4])
        await harness.runner.stop()
    }

    @Test func `a deadline fires once, not early, and after a restart if it came due meanwhile`()
        async throws
    {
        let harness = try RunnerHarness()
        _ = try await harness.runner.submit(.add("a", 1))
        await harness.advance(by: .seconds(59))
        #expect(try harness.published.state().expirations == 0)
        await harness.advance(by: .seconds(1))
        #expect(try harness.published.state().expirations == 1)
        await harness.advance(by: .seconds(120))
        #expect(try harness.published.state().expirations == 1)

        _ = try await harness.runner.submit(.add("b", 1))
        await harness.runner.stop()
        harness.clock.advance(by: .seconds(300))
        try await harness.restart()
        await harness.runner.fireDue()
        #expect(try harness.published.state().expirations == 2)
        try await harness.restart()
        await harness.runner.fireDue()
        #expect(try harness.published.state().expirations == 2)
        #expect(harness.runner.status.pending == 0)
        await harness.runner.stop()
    }

    @Test func `a named mutation is replaced by a later one and can be cancelled`() async throws {
        let harness = try RunnerHarness()
        _ = try await harness.runner.submit(.add("a", 1))
        await harness.advance(by: .seconds(50))
        _ = try await harness.runner.submit(.add("a", 1))
        #expect(harness.runner.status.pending == 1)
        await harness.advance(by: .seconds(50))
        #expect(try harness.published.state().counters["a"] == 2)
        _ = try await harness.runner.submit(.cancelExpiry("a"))
        #expect(harness.runner.status.pending == 0)
        await harness.advance(by: .seconds(500))
        #expect(try harness.published.state().counters["a"] == 2)
        await harness.runner.stop()
    }

    @Test func `after a stop everything is refused, and stopping again is harmless`() async throws {
        let harness = try RunnerHarness()
        await harness.runner.stop()
        await harness.runner.stop()
        await #expect(throws: SubmitFailure<CounterMachine.Rejection>.stopped) {
            try await harness.runner.submit(.add("a", 1))
        }
    }

    @Test func `a second runner on one directory is refused with the holder's name`() async throws {
        let harness = try RunnerHarness()
        #expect(throws: JournalError.locked(holder: "test")) {
            try JournalRecovery.open(
                JournalDirectory(path: harness.directory.path, files: SystemFileSystem()),
                clock: harness.clock, runOf: { _ in nil }, holder: "other")
        }
        await harness.runner.stop()
    }
}
