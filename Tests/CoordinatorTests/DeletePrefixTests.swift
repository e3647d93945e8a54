import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import Coordinator

/// A prefix leaves at once, and what it held piece by piece; another one of its name is another
/// one.
struct DeletePrefixTests {
    private static func withStreams(_ count: Int) throws -> History {
        var history = try History.withPrefix()
        for number in 0..<count {
            try history.when(.registerStream(try History.registration(name: "s\(number)")))
        }
        return history
    }

    private static let lease = CoordinatorMutation.leaseArchiveTasks(
        LeaseArchiveTasks(limit: 10, duration: .seconds(600)))

    @Test func `one event makes prefix and streams be found by no name`() throws {
        var history = try Self.withStreams(3)
        let prefix = try #require(history.registeredPrefix)
        let stream = try #require(history.stream("s1"))
        let outcome = try history.when(.deletePrefix(DeletePrefix(prefix: prefix.id)))
        #expect(outcome.events == [.prefixDeleted(prefix: prefix.id, at: history.now)])
        #expect(history.registeredPrefix == nil)
        #expect(history.stream("s1") == nil)
        #expect(history.state.stream(stream.id) == nil)
        let termination = History.termination(name: "s1", at: 0)
        #expect(history.refusal(of: .terminateStream(termination)) == .streamNotFound)
        let registration = try History.registration(name: "s1")
        #expect(history.refusal(of: .registerStream(registration)) == .prefixNotRegistered)
        let again = CoordinatorMutation.deletePrefix(DeletePrefix(prefix: prefix.id))
        #expect(history.refusal(of: again) == .prefixNotFound)
    }

    @Test func `what it held is removed in pieces, with its deadlines, and then the prefix`()
        throws
    {
        var history = try Self.withStreams(2001)
        try history.deletePrefix()
        var removed: [Int] = []
        for _ in 0..<3 {
            for event in try history.fireDue().flatMap(\.events) {
                guard case .streamsRemoved(_, let streams, let prefixToo) = event else { continue }
                removed.append(streams.count)
                #expect(prefixToo == (removed.count == 3))
            }
            history.wait(RemoveStreams.pause)
        }
        #expect(removed == [1000, 1000, 1])
        #expect(history.state.prefixes.isEmpty && history.state.streams.isEmpty)
        #expect(history.state == CoordinatorState())
        #expect(history.pending.isEmpty)
        history.wait(ExpiryRule.recordLife + History.window)
        #expect(try history.fireDue().isEmpty)
    }

    @Test func `a prefix of the same name is another one, also while the old one is cleaned up`()
        throws
    {
        var history = try Self.withStreams(1)
        let old = try #require(history.registeredPrefix)
        try history.when(.deliver(try History.part(name: "s0", count: 3)))
        try history.deletePrefix()
        var claim = try History.claim()
        claim.secret = try #require(Secret(History.otherSecret))
        try history.when(.registerPrefix(claim))
        #expect(history.registeredPrefix?.id != old.id)
        // What was under way for the old one does not know the new one's secret.
        let late = CoordinatorMutation.deliver(try History.part(name: "s0", first: 3, count: 1))
        #expect(try history.when(late).reply == .delivered(.dropped(.secretMismatch)))
        let registration = try History.registration(name: "s0", secret: History.otherSecret)
        try history.when(.registerStream(registration))
        let new = try #require(history.stream("s0"))
        #expect(new.received == ReceivedRanges())
        _ = try history.fireDue()
        #expect(history.stream("s0") == new)
        #expect(history.state.streams.count == 1)
        let stale = CoordinatorMutation.deletePrefix(DeletePrefix(prefix: old.id))
        #expect(history.refusal(of: stale) == .prefixNotFound)
    }

    @Test func `an archivist that holds a task of the old stream cannot archive the new one`()
        throws
    {
        var history = try History.withStream(terminalIndex: 0)
        history.wait(.seconds(300))
        _ = try history.fireDue()
        try history.when(Self.lease)
        try history.deletePrefix()
        _ = try history.fireDue()
        // The old stream stays until the lease ends, and no longer.
        #expect(history.state.streams.count == 1)
        try history.when(.registerPrefix(try History.claim()))
        try history.when(.registerStream(try History.registration()))
        let report = CoordinatorMutation.archiveStream(History.report(entries: 1, through: 0))
        #expect(history.refusal(of: report) == .archivalNotTasked)
        history.wait(.seconds(600))
        _ = try history.fireDue()
        _ = try history.fireDue()
        #expect(history.state.streams.count == 1)
        #expect(history.state.tasks.count == 0)
        try history.when(report)
        #expect(history.stream()?.archive != nil)
    }

    @Test func `the new stream can be archived once a task of its own was handed out`() throws {
        var history = try History.withStream(terminalIndex: 0)
        history.wait(.seconds(300))
        _ = try history.fireDue()
        try history.when(Self.lease)
        try history.deletePrefix()
        _ = try history.fireDue()
        try history.when(.registerPrefix(try History.claim()))
        try history.when(.registerStream(try History.registration(terminalIndex: 0)))
        history.wait(.seconds(300))
        _ = try history.fireDue()
        try history.when(Self.lease)
        try history.when(.archiveStream(History.report(entries: 1, through: 0)))
        #expect(history.stream()?.archivalState == .archivedComplete)
    }

    @Test func `tasks of a deleted prefix are dropped when an archivist meets them`() throws {
        var history = try History.withStream(terminalIndex: 0)
        history.wait(.seconds(300))
        _ = try history.fireDue()
        try history.deletePrefix()
        let outcome = try history.when(Self.lease)
        #expect(outcome.reply == .leased([]))
        guard case .archivalDeleted? = outcome.events.first else {
            Issue.record("the task is dropped")
            return
        }
    }

    @Test func `a state from rows knows which names are taken, in the middle of a clean-up`() throws
    {
        var history = try Self.withStreams(1)
        try history.deletePrefix()
        try history.when(.registerPrefix(try History.claim()))
        try history.when(.registerStream(try History.registration(name: "s0")))
        let rebuilt = CoordinatorState(
            prefixes: history.state.prefixes.values.sorted { $0.id > $1.id },
            streams: history.state.streams.values.sorted { $0.id > $1.id })
        #expect(rebuilt == history.state)
        #expect(rebuilt.digest == history.state.digest)
    }

    @Test func `a purged stream is hidden until it is shown again`() throws {
        var history = try History.withStream()
        let id = try #require(history.stream()?.id)
        for purged in [true, false] {
            let mutation = CoordinatorMutation.purgeStream(
                PurgeStream(.identity(id), isPurged: purged))
            history.wait(.seconds(1))
            #expect(
                try history.when(mutation).events
                    == [.streamPurged(stream: id, purged: purged, at: history.now)])
            #expect(try history.when(mutation).events == [])
            #expect(history.stream()?.purged == purged)
            #expect(history.stream()?.updated == history.now)
        }
        let unknown = PurgeStream(
            .identity(StreamID(record: RecordNumber(rawValue: 99))), isPurged: true)
        #expect(history.refusal(of: .purgeStream(unknown)) == .streamNotFound)
    }
}
