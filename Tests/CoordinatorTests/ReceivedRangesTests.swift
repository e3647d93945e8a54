import TestSupport
import Testing

@testable import Coordinator

struct ReceivedRangesTests {
    @Test func `nothing is held at first`() {
        let ranges = ReceivedRanges()
        #expect(ranges.contiguousThrough == nil)
        #expect(ranges.missing(from: 0..<3) == [0..<3])
        #expect(ranges.missing(from: 3..<3) == [])
    }

    @Test func `filling the first hole joins what lies behind it`() {
        var ranges = ReceivedRanges()
        ranges.insert(2..<4)
        ranges.insert(5..<6)
        #expect(ranges.contiguousThrough == nil)
        #expect(ranges.missing(from: 0..<7) == [0..<2, 4..<5, 6..<7])
        ranges.insert(0..<2)
        #expect(ranges.contiguousThrough == 3)
        ranges.insert(4..<5)
        #expect(ranges.contiguousThrough == 5)
        #expect(ranges.beyond == [])
    }

    @Test func `ranges agree with a set of numbers`() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var numbers = SeededNumbers(seed: seed)
            var ranges = ReceivedRanges()
            var held: Set<UInt64> = []
            for _ in 0..<40 {
                let start = UInt64.random(in: 0..<100, using: &numbers)
                let range = start..<start + UInt64.random(in: 0..<12, using: &numbers)
                let missing = ranges.missing(from: range)
                #expect(missing.flatMap(Array.init) == range.filter { !held.contains($0) })
                ranges.insert(range)
                held.formUnion(range)
                #expect(ranges.contiguousEnd == (0...).first { !held.contains($0) })
                let beyond = ranges.beyond.flatMap(Array.init)
                #expect(beyond == held.filter { $0 >= ranges.contiguousEnd }.sorted())
                let gaps = zip(ranges.beyond, ranges.beyond.dropFirst())
                #expect(gaps.allSatisfy { $0.upperBound < $1.lowerBound }, "seed \(seed)")
            }
        }
    }

    @Test func `the same ranges in any order hold the same`() {
        var numbers = SeededNumbers(seed: 3)
        let runs = (0..<30).map { _ -> Range<UInt64> in
            let start = UInt64.random(in: 0..<200, using: &numbers)
            return start..<start + 5
        }
        var expected = ReceivedRanges()
        for run in runs { expected.insert(run) }
        for _ in 0..<20 {
            var ranges = ReceivedRanges()
            for run in (runs + runs).shuffled(using: &numbers) { ranges.insert(run) }
            #expect(ranges == expected)
        }
    }

    @Test func `only what would open a run more is over the limit`() {
        var ranges = ReceivedRanges()
        for index in 1...UInt64(ReceivedRanges.intervalLimit) {
            #expect(!ranges.wouldExceedLimit(adding: index * 3..<index * 3 + 1))
            ranges.insert(index * 3..<index * 3 + 1)
        }
        #expect(ranges.wouldExceedLimit(adding: 5000..<5001))
        #expect(!ranges.wouldExceedLimit(adding: 0..<1))
        #expect(!ranges.wouldExceedLimit(adding: 4..<5))
        #expect(!ranges.wouldExceedLimit(adding: 5..<6))
        #expect(!ranges.wouldExceedLimit(adding: 6..<7))
    }
}
