import Platform
import Testing

@testable import Tumble

/// Time as decisions see it.
@Suite struct ProcessorTimeTests {
    private let start = Timestamp(microseconds: 1_700_000_000_000_000)

    @Test func `time follows the wall clock and never runs backwards`() {
        var time = ProcessorTime(lastEvent: start, wall: start, monotonic: .zero)
        #expect(
            time.now(wall: start.adding(.seconds(5)), monotonic: .seconds(5))
                == start.adding(.seconds(5)))
        // The wall clock is set back by an hour: time goes on at the monotonic pace.
        let back = start.adding(.seconds(-3600))
        #expect(time.now(wall: back, monotonic: .seconds(6)) == start.adding(.seconds(6)))
        #expect(time.now(wall: back, monotonic: .seconds(6)) == start.adding(.seconds(6)))
    }

    @Test func `a leap forward is believed only once the wall clock has kept to it`() {
        var time = ProcessorTime(lastEvent: start, wall: start, monotonic: .zero)
        let leap = Duration.seconds(86_400 * 365)
        #expect(
            time.now(wall: start.adding(leap), monotonic: .seconds(1))
                == start.adding(.seconds(1)))
        #expect(time.holdsDestruction)
        let later = time.now(wall: start.adding(leap + .seconds(601)), monotonic: .seconds(602))
        #expect(later == start.adding(leap + .seconds(601)))
        #expect(time.holdsDestruction, "destruction waits for the operator")
        time.accept(wall: start.adding(leap))
        #expect(!time.holdsDestruction)
    }

    @Test func `a start long after the last event holds what destroys`() {
        let wall = start.adding(.seconds(86_400 * 31))
        #expect(ProcessorTime(lastEvent: start, wall: wall, monotonic: .zero).holdsDestruction)
        #expect(!ProcessorTime(lastEvent: .zero, wall: wall, monotonic: .zero).holdsDestruction)
    }
}
