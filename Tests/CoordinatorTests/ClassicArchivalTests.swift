import Journal
import Platform
import Testing
import Tumble

@testable import Coordinator

/// The archival part of a life in the classic dialect (`spec/lifecycle.md §3.2`, rows 1 to 9).
struct ClassicArchivalTests {
    private static var termination: TerminateStream {
        var termination = History.termination(at: 3)
        termination.timers = History.classicTimers
        return termination
    }

    private static let report = CoordinatorMutation.archiveStream(
        History.report(entries: 4, through: 3))

    @Test func `a stream is not tasked before its deadline fires, and has a key of its own then`()
        throws
    {
        var history = try History.withClassicStream()
        #expect(history.stream()?.archivalState == .notArchived)
        #expect(history.refusal(of: Self.report) == .archivalNotTasked)
        let updated = history.stream()?.updated
        history.wait(.seconds(86_400))
        _ = try history.fireDue()
        let stream = try #require(history.stream())
        #expect(stream.archivalState == .tasked)
        #expect(stream.archivalKey.count == 32)
        #expect(stream.updated == updated)
        let task = try #require(history.state.tasks.all.first)
        #expect(task.classic == ClassicTerms(settle: .zero, complete: .zero))
        try history.when(Self.report)
        #expect(history.stream()?.archivalKey == [])
    }

    @Test func `termination replaces the pending deadline`() throws {
        var history = try History.withClassicStream()
        history.wait(.seconds(60))
        try history.when(.terminateStream(Self.termination))
        #expect(history.pending.map(\.due) == [history.now.adding(.seconds(5))])
        #expect(history.refusal(of: Self.report) == .archivalNotTasked)
        history.wait(.seconds(5))
        let events = try history.fireDue().flatMap(\.events)
        guard case .archivalPublished(_, .terminated, _, let terms, _)? = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(terms == ClassicTerms(settle: .seconds(5), complete: .seconds(86_400)))
        history.wait(.seconds(90_000))
        #expect(try history.fireDue().isEmpty)
    }

    @Test func `a tasked stream that is terminated is not published a second time`() throws {
        var history = try History.withClassicStream()
        history.wait(.seconds(86_400))
        _ = try history.fireDue()
        try history.when(.terminateStream(Self.termination))
        history.wait(.seconds(5))
        #expect(try history.fireDue().flatMap(\.events) == [])
        #expect(history.state.tasks.count == 1)
    }

    @Test func `keys of two streams differ`() throws {
        var history = try History.withClassicStream()
        var other = try History.registration(name: "stderr")
        other.timers = History.classicTimers
        try history.when(.registerStream(other))
        history.wait(.seconds(86_400))
        _ = try history.fireDue()
        #expect(history.stream()?.archivalKey != history.stream("stderr")?.archivalKey)
    }

    @Test func `a stream keeps the dialect that it was registered in`() throws {
        var classic = try History.withClassicStream()
        try classic.when(.terminateStream(History.termination(at: 3)))
        classic.wait(.seconds(300))
        _ = try classic.fireDue()
        #expect(classic.stream()?.archivalKey.count == 32)
        var current = try History.withStream()
        try current.when(.terminateStream(Self.termination))
        current.wait(.seconds(5))
        _ = try current.fireDue()
        #expect(current.stream()?.archivalKey == [0x31])
        #expect(current.state.tasks.readyCount == 1)
        #expect(current.pending.count == 1)
    }
}
