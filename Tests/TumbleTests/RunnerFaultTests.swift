import Foundation
import Journal
import Platform
import TestSupport
import Testing
import Tumble

/// The processor on a disk that fails, is full, or is slow.
@Suite(.timeLimit(.minutes(5))) struct RunnerFaultTests {
    private typealias Failure = SubmitFailure<CounterMachine.Rejection>

    @Test(arguments: [SimulatedDisk.Change.write, .sync])
    func `after a failed write or sync nothing is done any more, and what was told is there`(
        _ change: SimulatedDisk.Change
    ) async throws {
        let disk = SimulatedDisk()
        var options = RunnerOptions()
        // The commit is to meet the fault, not a mark, nor the filling of space.
        options.markAfter = .seconds(86_400)
        let harness = try RunnerHarness(on: disk, options)
        _ = try await harness.runner.submit(.add("a", 1))
        await harness.settleSpace()
        disk.fail(change, sticky: true, code: EIO)
        await #expect(throws: Failure.unknown) { try await harness.runner.submit(.add("a", 1)) }
        await #expect(throws: Failure.failed) { try await harness.runner.submit(.add("a", 1)) }
        #expect(try #require(harness.runner.status.failure).contains("Input/output error"))
        #expect(try harness.published.state().counters["a"] == 1)
        // What comes due now stays where it is.
        await harness.advance(by: .seconds(3600))
        #expect(harness.runner.status.pending == 1)
        await harness.runner.stop()
    }

    @Test func `a full disk refuses clients by path and resumes by itself`() async throws {
        let disk = SimulatedDisk()
        var options = RunnerOptions()
        options.spaceRetry = .milliseconds(5)
        let harness = try RunnerHarness(on: disk, options)
        disk.limit(to: 0)
        var acknowledged = 0
        var refusal: Failure?
        // Long names that deflate little, so that a few of them fill the space that is prepared.
        var numbers = SeededNumbers(seed: 1)
        while refusal == nil {
            let line = (0..<200).map { _ in String(numbers.next(), radix: 36) }.joined()
            do throws(Failure) {
                _ = try await harness.runner.submit(.add("\(line)\(acknowledged)", 1))
                acknowledged += 1
            } catch {
                refusal = error
            }
        }
        guard case .readOnly(let reason) = refusal else {
            Issue.record("refused as \(String(describing: refusal))")
            return
        }
        #expect(reason.contains("bytes to /journal/") && reason.contains("No space left on device"))
        #expect(harness.runner.status.readOnlyReason == reason)
        disk.limit(to: nil)
        while (try? await harness.runner.submit(.add("late", 1))) == nil { await Task.yield() }
        #expect(harness.runner.status.readOnlyReason == nil)
        #expect(try harness.published.state().counters.count == acknowledged + 1)
        await harness.runner.stop()
    }

    @Test func `a slow disk fills the queue, which is bounded and says so`() async throws {
        let disk = SimulatedDisk()
        var options = RunnerOptions()
        options.queueLimit = 10
        // What the writer may decide ahead of the disk is bounded too, in bytes.
        options.commitTarget = 256
        let harness = try RunnerHarness(on: disk, options)
        let gate = Monitor(false)
        disk.watch { change, _ in
            if change == .sync { gate.wait { $0 ? () : nil } }
        }
        let runner = harness.runner
        let outcomes = await withTaskGroup(of: Failure?.self) { group in
            // One is on its way to the disk, others are decided meanwhile, the rest waits.
            let refused = Monitor(0)
            for number in 0..<500 {
                group.addTask {
                    do throws(Failure) {
                        _ = try await runner.submit(.add("p\(number)", 1))
                        return nil
                    } catch {
                        if refused.update({
                            $0 += 1; return $0
                        }) == 1 {
                            gate.update { $0 = true }
                        }
                        return error
                    }
                }
            }
            return await group.reduce(into: [Failure?]()) { $0.append($1) }
        }
        let refusals = outcomes.compactMap { $0 }
        #expect(!refusals.isEmpty && refusals.allSatisfy { $0 == .busy(limit: 10) })
        #expect(try harness.published.state().counters.count == 500 - refusals.count)
        await runner.stop()
    }

    @Test func `a clock that was accepted is kept to after a restart`() async throws {
        let harness = try RunnerHarness(on: SimulatedDisk())
        let right = harness.clock.wall()
        // The machine wakes up in another year, and time follows once that has lasted.
        harness.clock.jump(to: right.adding(.seconds(86_400 * 365)))
        await harness.advance(by: .seconds(1))
        await harness.advance(by: .seconds(601))
        _ = try await harness.runner.submit(.add("a", 1))
        #expect(harness.runner.status.holdsDestruction)
        // A person sets it right and says so.
        harness.clock.jump(to: right.adding(.seconds(700)))
        harness.runner.acceptClock()
        _ = try await harness.runner.submit(.add("b", 1))
        #expect(!harness.runner.status.holdsDestruction)
        let accepted = try #require(harness.published.all.last?.time)
        #expect(accepted == right.adding(.seconds(700)))
        try await harness.restart()
        _ = try await harness.runner.submit(.add("c", 1))
        #expect(try #require(harness.published.all.last?.time) == accepted)
        await harness.runner.stop()
    }
}
