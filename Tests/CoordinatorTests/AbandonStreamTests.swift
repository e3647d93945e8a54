import Journal
import Platform
import Testing

@testable import Coordinator

/// Streams of the classic dialect that nobody archives (`spec/lifecycle.md §3.2`, row 14).
struct AbandonStreamTests {
    private static let age = Duration.seconds(1_814_400)

    /// With one classic stream, which is given up after three weeks.
    private static func history(terminalIndex: UInt64? = nil) throws -> History {
        var history = try History.withPrefix()
        var registration = try History.registration(terminalIndex: terminalIndex)
        registration.timers = History.classicTimers
        registration.timers.abandonment = age
        try history.when(.registerStream(registration))
        return history
    }

    @Test(arguments: [nil, 7 as UInt64])
    func `a stream that nobody archives for three weeks is given up with its tasks`(
        _ terminalIndex: UInt64?
    ) throws {
        var history = try Self.history(terminalIndex: terminalIndex)
        history.wait(Self.age - .microseconds(1))
        _ = try history.fireDue()
        #expect(history.stream()?.archivalState == .tasked)
        #expect(history.state.tasks.count == 1)
        history.wait(.microseconds(1))
        _ = try history.fireDue()
        let stream = try #require(history.stream())
        #expect(stream.archive?.isAbandonment == true)
        #expect(stream.archive?.time == history.now)
        #expect(stream.archivalKey == [])
        #expect(stream.terminalIndex == terminalIndex)
        #expect(stream.isTerminated)
        // As the original derives it: without an end nothing is missing.
        #expect(
            stream.archivalState == (terminalIndex == nil ? .archivedComplete : .archivedPartial))
        #expect(history.state.tasks.count == 0)
        #expect(history.pending.isEmpty)
        // A report that comes now changes nothing.
        let late = CoordinatorMutation.archiveStream(History.report(entries: 4, through: 3))
        #expect(try history.when(late).events == [])
    }

    @Test func `a stream that is archived is not given up`() throws {
        var history = try Self.history()
        history.wait(.seconds(86_400))
        _ = try history.fireDue()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        #expect(history.pending.isEmpty)
        try history.when(.abandonStream(AbandonStream(try #require(history.stream()?.id))))
        #expect(history.stream()?.archive?.isAbandonment == false)
    }

    @Test func `nothing is given up unless it is asked for, nor in the current dialect`() throws {
        let classic = try History.withClassicStream()
        #expect(classic.pending.allSatisfy { $0.name?.rawValue.hasPrefix("abandon") == false })
        var current = try History.withPrefix()
        var registration = try History.registration()
        registration.timers.abandonment = Self.age
        try current.when(.registerStream(registration))
        #expect(current.pending.count == 1)
    }

    @Test func `it waits for a clock that is believed`() throws {
        let history = try Self.history()
        let mutation = AbandonStream(try #require(history.stream()?.id))
        #expect(history.machine.isDestructive(.abandonStream(mutation)))
    }
}
