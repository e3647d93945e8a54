import Journal
import Platform
import TestSupport
import Testing

@testable import ReadModels

/// Which segments are worth rewriting.
@Suite struct RewritePlanTests {
    private static let plan = RewritePlan(segmentSize: 1000)

    private static func load(
        _ segment: UInt64, bytes: Int = 1000, unwanted: UInt64 = 0, generation: UInt32 = 1
    ) -> SegmentLoad {
        SegmentLoad(
            segment: RecordNumber(rawValue: segment), generation: generation, bytes: bytes,
            items: 100, unwanted: unwanted)
    }

    private static func next(_ loads: [SegmentLoad]) -> [UInt64]? {
        plan.next(loads)?.segments.map(\.rawValue)
    }

    @Test func `a quarter that nobody wants is worth it, less is not`() {
        #expect(Self.next([Self.load(1), Self.load(2, unwanted: 25)]) == [2])
        #expect(Self.next([Self.load(1), Self.load(2, unwanted: 24)]) == nil)
        #expect(Self.next([]) == nil)
    }

    @Test func `neighbours go together as far as they fit a segment`() {
        let loads = [
            Self.load(1, unwanted: 60), Self.load(2, unwanted: 50), Self.load(3, unwanted: 30),
            Self.load(4),
        ]
        #expect(Self.next(loads) == [1, 2])
        #expect(Self.next(Array(loads[2...])) == [3])
    }

    @Test func `small ones are merged once there are several side by side`() {
        let small = (1...4 as ClosedRange<UInt64>).map { Self.load($0, bytes: 100) }
        #expect(Self.next(small) == [1, 2, 3, 4])
        #expect(Self.next(Array(small[..<3])) == nil)
        #expect(Self.next([small[0], small[1], Self.load(9), small[2], small[3]]) == nil)
    }

    @Test func `what was never rewritten is for quiet times`() {
        let job = Self.plan.next([Self.load(1), Self.load(2, generation: 0)])
        #expect(job?.segments.map(\.rawValue) == [2] && job?.isUrgent == false)
        #expect(Self.plan.next([Self.load(1, unwanted: 99)])?.isUrgent == true)
    }

    @Test func `while somebody writes nine tenths of the time are rest`() {
        let clock = ManualClock()
        var pace = RewritePace(clock: clock, published: .first)
        clock.advance(by: .milliseconds(10))
        #expect(pace.rest(published: .first) == .zero)
        #expect(pace.rest(published: RecordNumber(rawValue: 5)) == .milliseconds(90))
        pace.begin()
        #expect(pace.rest(published: RecordNumber(rawValue: 6)) == .zero)
    }
}
