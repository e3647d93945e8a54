import ByteCoding
import LogDogModel
import Platform
import Testing

@testable import Coordinator

/// Parts of bundles: once or often, in whatever order.
struct DeliverEntriesTests {
    private static func delivered(_ outcome: History.Outcome) -> DeliveryOutcome? {
        guard case .delivered(let delivered) = outcome.reply else { return nil }
        return delivered
    }

    @Test func `the first part registers its stream and appends to it`() throws {
        var history = try History.withPrefix()
        let outcome = try history.when(.deliver(try History.part(count: 3)))
        let stream = try #require(history.stream())
        #expect(Self.delivered(outcome) == .stored(new: 3, duplicates: 0))
        #expect(stream.received.contiguousThrough == 2)
        #expect(stream.terminalIndex == nil)
        #expect(outcome.scheduled.map(\.due) == [history.now.adding(.seconds(172_800))])
        #expect(outcome.events.count == 2)
        guard case .entriesAppended(stream.id, 0, let frames, 3) = outcome.events.last else {
            Issue.record("\(outcome.events)")
            return
        }
        var expected: [UInt8] = []
        for text in ["entry 0", "entry 1", "entry 2"] {
            RecordIO.append(Array(text.utf8), to: &expected)
        }
        #expect(Array(frames) == expected)
    }

    @Test func `a part may bring the end alone, before all entries`() throws {
        var history = try History.withPrefix()
        try history.when(.deliver(try History.part(count: 0, terminalIndex: 4)))
        #expect(history.stream()?.terminalIndex == 4)
        #expect(history.pending.map(\.due) == [history.now.adding(.seconds(300))])
        try history.when(.deliver(try History.part(count: 5)))
        #expect(history.stream()?.received.contiguousThrough == 4)
    }

    @Test func `the end of a stream that is there adds a second deadline`() throws {
        var history = try History.withPrefix()
        try history.when(.deliver(try History.part(count: 2)))
        let outcome = try history.when(
            .deliver(try History.part(first: 2, count: 1, terminalIndex: 2)))
        let stream = try #require(history.stream())
        #expect(stream.terminalIndex == 2)
        #expect(
            outcome.events.last
                == .streamTerminated(stream: stream.id, index: 2, at: history.now))
        #expect(history.pending.count == 2)
    }

    @Test func `another end than the stored one is only passed over`() throws {
        var history = try History.withStream(terminalIndex: 9)
        let outcome = try history.when(
            .deliver(try History.part(count: 1, terminalIndex: 5)))
        #expect(history.stream()?.terminalIndex == 9)
        #expect(Self.delivered(outcome) == .stored(new: 1, duplicates: 0))
        #expect(outcome.scheduled.isEmpty)
    }

    @Test func `entries beyond the end are stored all the same`() throws {
        var history = try History.withStream(terminalIndex: 0)
        try history.when(.deliver(try History.part(count: 3)))
        #expect(history.stream()?.received.contiguousThrough == 2)
    }

    @Test func `what is held already is success and is not stored again`() throws {
        var history = try History.withPrefix()
        let part = try History.part(count: 3, terminalIndex: 2)
        try history.when(.deliver(part))
        let before = history.state
        let again = try history.when(.deliver(part))
        #expect(Self.delivered(again) == .stored(new: 0, duplicates: 3))
        #expect(again.events == [])
        #expect(again.scheduled.isEmpty)
        #expect(history.state == before)
    }

    @Test func `of a part that overlaps only what is new is stored`() throws {
        var history = try History.withPrefix()
        try history.when(.deliver(try History.part(first: 2, count: 2)))
        try history.when(.deliver(try History.part(first: 6, count: 1)))
        let outcome = try history.when(.deliver(try History.part(first: 1, count: 8)))
        #expect(Self.delivered(outcome) == .stored(new: 5, duplicates: 3))
        let runs = outcome.events.compactMap { history.machine.run(of: $0) }
        #expect(runs.map(\.first) == [1, 4, 7])
        #expect(runs.map(\.count) == [1, 2, 2])
    }

    @Test func `parts in any order leave the same stream`() throws {
        let parts: [(first: UInt64, count: Int, end: UInt64?)] = [
            (0, 2, nil), (2, 3, nil), (5, 1, 5), (1, 4, nil), (9, 0, 5),
        ]
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 3, 1], [1, 1, 3, 0, 2, 0, 2]] {
            var history = try History.withPrefix()
            for part in order.map({ parts[$0] }) {
                let part = try History.part(
                    first: part.first, count: part.count, terminalIndex: part.end)
                try history.when(.deliver(part))
            }
            #expect(history.stream()?.received.contiguousThrough == 5, "\(order)")
            #expect(history.stream()?.terminalIndex == 5, "\(order)")
        }
    }

    @Test func `a part with another secret is dropped as success`() throws {
        for var history in [try History.withPrefix(), try History.withStream()] {
            let part = try History.part(count: 1, secret: History.otherSecret)
            let outcome = try history.when(.deliver(part))
            #expect(Self.delivered(outcome) == .dropped(.secretMismatch))
            #expect(outcome.events == [])
        }
    }

    @Test func `a part for a purged stream is dropped as success`() throws {
        let history = try History.withStream()
        var purged = try #require(history.stream())
        purged.purged = true
        let prefix = try #require(history.registeredPrefix)
        let state = CoordinatorState(prefixes: [prefix], streams: [purged])
        let decision = try History.part(count: 1, terminalIndex: 0)
            .decide(in: state, at: history.now, next: purged.id.record.next)
        #expect(decision.reply == .delivered(.dropped(.purged)))
        #expect(decision.events == [])
        #expect(decision.schedule.isEmpty)
    }

    @Test func `a prefix that is unknown or closed refuses as a registration does`() throws {
        let part = try History.part(count: 1)
        #expect(History().refusal(of: .deliver(part)) == .prefixNotRegistered)
        var history = try History.withStream()
        history.wait(History.window)
        #expect(history.refusal(of: .deliver(part)) == .prefixExpired)
    }

    @Test func `a stream has at most 1,024 runs beyond its first hole`() throws {
        var history = try History.withPrefix()
        let limit = ReceivedRanges.intervalLimit
        for hole in 1...UInt64(limit) {
            try history.when(.deliver(try History.part(first: hole * 2, count: 1)))
        }
        let beyond = try History.part(first: 10_000, count: 1)
        #expect(history.refusal(of: .deliver(beyond)) == .tooManyIntervals(limit: limit))
        // What joins runs, or is there already, is taken; then there is room for one more.
        try history.when(.deliver(try History.part(first: 4, count: 1)))
        try history.when(.deliver(try History.part(first: 5, count: 1)))
        #expect(history.refusal(of: .deliver(beyond)) == nil)
    }

    @Test func `no index lies beyond what the wire can say`() throws {
        let history = try History.withPrefix()
        let highest = try History.part(first: StreamState.lastIndex - 1, count: 1)
        #expect(history.refusal(of: .deliver(highest)) == nil)
        for first in [StreamState.lastIndex, .max - 1, .max] {
            let part = try History.part(first: first, count: 1)
            #expect(history.refusal(of: .deliver(part)) == .indexOutOfRange, "\(first)")
        }
        let end = try History.part(count: 1, terminalIndex: .max)
        #expect(history.refusal(of: .deliver(end)) == .indexOutOfRange)
    }
}
