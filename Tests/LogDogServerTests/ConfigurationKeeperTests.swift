import Logging
import Platform
import TestSupport
import Testing

@testable import LogDogServer

/// How reloads follow each other.
@Suite(.timeLimit(.minutes(5))) struct ConfigurationKeeperTests {
    /// Stops whoever opens a file of one name, until it is told to let go.
    private struct Gate: Sendable {
        private struct State {
            var isShut = false
            var isAwaited = false
        }

        private let state = Monitor(State())

        func shut() { state.update { $0.isShut = true } }
        func open() { state.update { $0.isShut = false } }
        var isAwaited: Bool { state.look { $0.isAwaited } }

        func pass() {
            state.wait { state in
                state.isAwaited = state.isShut
                return state.isShut ? nil : ()
            }
        }
    }

    @Test func `a reload that comes while another one reads is never left out`() async throws {
        let gate = Gate()
        let directory = try ConfiguredCallers.directory(["a"], access: "")
        let files = FailingFiles { path in
            if path.hasSuffix("services.cfg") { gate.pass() }
        }
        let keeper = try await ConfigurationKeeper.open(
            directory.path, files: files, clock: ManualClock(), fetch: { _ in [] },
            metrics: ServerMetrics(), log: Logger(label: "test"))
        // The first one has read `access.cfg` and goes no further.
        gate.shut()
        let first = Task { await keeper.reload() }
        while !gate.isAwaited { await Task.yield() }
        try directory.write(
            "groups { name: \"admins\" }\ngroups { name: \"daemons\" }\n", to: "access.cfg")
        let isDone = Lock(false)
        let second = Task {
            await keeper.reload()
            isDone.withLock { $0 = true }
        }
        // One that is left out is done at once.
        while await keeper.reloadsUnderWay < 2, !isDone.withLock({ $0 }) { await Task.yield() }
        gate.open()
        await first.value
        await second.value
        #expect(keeper.authority.configuration.access.tokens.isEmpty)
        #expect(await keeper.reloadsUnderWay == 0)
    }
}
