import Coordinator
import LogDogModel
import Platform
import Testing

struct TerminateStreamTests {
    @Test func `an open stream is terminated, and due in 5 minutes beside its 48 hours`() throws {
        var history = try History.withStream()
        let registered = history.now
        history.wait(.seconds(60))
        let outcome = try history.when(.terminateStream(History.termination(at: 9)))
        let stream = try #require(history.stream())
        #expect(
            outcome.events == [.streamTerminated(stream: stream.id, index: 9, at: history.now)])
        #expect(stream.terminalIndex == 9)
        #expect(stream.terminatedAt == history.now)
        #expect(stream.updated == history.now)
        #expect(stream.created == registered)
        #expect(
            history.pending.map(\.due).sorted() == [
                history.now.adding(.seconds(300)), registered.adding(.seconds(172_800)),
            ])
    }

    @Test func `terminating again at the same index changes nothing`() throws {
        var history = try History.withStream(terminalIndex: 9)
        let stored = history.stream()
        history.wait(.seconds(60))
        let outcome = try history.when(.terminateStream(History.termination(at: 9)))
        #expect(outcome.events == [])
        #expect(outcome.scheduled.isEmpty)
        #expect(history.stream() == stored)
    }

    @Test func `terminating at another index is refused`() throws {
        let history = try History.withStream(terminalIndex: 9)
        #expect(
            history.refusal(of: .terminateStream(History.termination(at: 10)))
                == .terminatedElsewhere(at: 9))
    }

    @Test func `the secret is looked at first`() throws {
        let history = try History.withStream(terminalIndex: 9)
        for index in [9, 10] as [UInt64] {
            let mutation = History.termination(at: index, secret: History.otherSecret)
            #expect(history.refusal(of: .terminateStream(mutation)) == .secretMismatch)
        }
    }

    @Test func `an unknown stream is not found`() throws {
        let history = try History.withPrefix()
        #expect(
            history.refusal(of: .terminateStream(History.termination(at: 0))) == .streamNotFound)
    }

    @Test func `a stream can be terminated after its prefix closed`() throws {
        var history = try History.withStream()
        history.wait(History.window + .seconds(1))
        try history.when(.terminateStream(History.termination(at: 0)))
        #expect(history.stream()?.terminalIndex == 0)
    }

    @Test func `no index lies beyond what the wire can say`() throws {
        let history = try History.withStream()
        let beyond = History.termination(at: StreamState.lastIndex + 1)
        #expect(history.refusal(of: .terminateStream(beyond)) == .indexOutOfRange)
    }
}
