import Coordinator
import TestSupport
import Testing

@testable import Coordinator

/// Parts of bundles: idempotent, in any order.
@Suite struct DeliveryTests {
    private func opened() throws -> History {
        var history = History()
        try history.when(try History.registerPrefix())
        return history
    }

    @Test func `the first part registers the stream and appends`() throws {
        var history = try opened()
        let decision = try history.when(try History.deliver(0..<3))
        #expect(decision.delivered == .stored(new: 3, duplicates: 0))
        #expect(history.stream()?.received.contiguousThrough == 2)
        #expect(history.pending.count == 1)
    }

    @Test func `what is held already is not stored again`() throws {
        var history = try opened()
        try history.when(try History.deliver(0..<3))
        let repeated = try history.when(try History.deliver(0..<3))
        #expect(repeated.events.isEmpty)
        #expect(repeated.delivered == .stored(new: 0, duplicates: 3))
        let overlapping = try history.when(try History.deliver(1..<6))
        #expect(overlapping.delivered == .stored(new: 3, duplicates: 2))
        #expect(history.stream()?.received.contiguousThrough == 5)
    }

    @Test func `any order of the same parts leads to the same state`() throws {
        let parts: [(Range<UInt64>, UInt64?)] = [
            (0..<2, nil), (2..<5, nil), (5..<6, 5), (1..<4, nil),
        ]
        var expected: ReceivedRanges?
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2, 2, 1]] {
            var history = try opened()
            for index in order {
                try history.when(
                    try History.deliver(parts[index].0, terminalIndex: parts[index].1))
            }
            let stream = try #require(history.stream())
            #expect(stream.terminalIndex == 5)
            #expect(stream.received == expected ?? stream.received)
            expected = stream.received
        }
    }

    @Test func `a wrong secret drops the part and says so`() throws {
        var history = try opened()
        let decision = try history.when(
            try History.deliver(0..<3, secret: [UInt8](repeating: 1, count: 36)))
        #expect(decision.delivered == .dropped(.secretMismatch))
        #expect(decision.events.isEmpty)
    }

    @Test func `a stream may have 1,024 holes and no more`() throws {
        var history = try opened()
        for hole in 0..<UInt64(ReceivedRanges.intervalLimit) {
            try history.when(try History.deliver(hole * 2 + 2..<hole * 2 + 3))
        }
        let limit = ReceivedRanges.intervalLimit
        let beyond = try History.deliver(UInt64(limit) * 2 + 4..<UInt64(limit) * 2 + 5)
        #expect(history.rejection(of: beyond) == .tooManyIntervals(limit: limit))
        // What fills a hole is always taken.
        try history.when(try History.deliver(3..<4))
        #expect(history.rejection(of: beyond) == nil)
    }

    @Test func `ranges agree with a set of numbers under random inserts`() {
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<200 {
            var ranges = ReceivedRanges()
            var held = Set<UInt64>()
            for _ in 0..<60 {
                let start = numbers.next() % 120
                let range = start..<start + numbers.next() % 12
                let missing = ranges.missing(from: range).flatMap { Array($0) }
                #expect(missing == range.filter { !held.contains($0) })
                ranges.insert(range)
                held.formUnion(range)
                var end: UInt64 = 0
                while held.contains(end) { end += 1 }
                #expect(ranges.contiguousEnd == end)
            }
        }
    }
}
