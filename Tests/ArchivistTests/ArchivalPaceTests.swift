import Platform
import Testing

@testable import Archivist

/// A worker on a machine of two cores.
struct ArchivalPaceTests {
    /// The rest after a tenth of a second of work, while others have that part of the machine.
    private static func rest(others share: Double, own: Duration = .milliseconds(50)) -> Duration {
        let start = ProcessLoad(moment: .seconds(9), program: .seconds(5), thread: .seconds(1))
        var pace = ArchivalPace(from: start, workers: .seconds(2), cores: 2)
        let used = Duration.milliseconds(200) * share + own
        let end = ProcessLoad(
            moment: .seconds(9) + .milliseconds(100), program: .seconds(5) + used,
            thread: .seconds(1) + own)
        return pace.rest(after: end, workers: .seconds(2) + own)
    }

    @Test func `beside a busy program a tenth of the time is worked`() {
        #expect(Self.rest(others: 0.5) == .milliseconds(900))
        #expect(Self.rest(others: 1) == .milliseconds(900))
        #expect(Self.rest(others: 0.375) == .milliseconds(450))
    }

    @Test func `an idle program is no reason to rest, nor is what workers do themselves`() {
        #expect(Self.rest(others: 0) == .zero)
        #expect(Self.rest(others: 0.25, own: .milliseconds(150)) == .zero)
    }

    @Test func `short rests are put together, and long ones are taken in pieces`() {
        let start = ProcessLoad(moment: .zero, program: .zero, thread: .zero)
        var pace = ArchivalPace(from: start, workers: .zero, cores: 1)
        func load(_ moment: Duration) -> ProcessLoad {
            ProcessLoad(moment: moment, program: moment, thread: .zero)
        }
        #expect(pace.rest(after: load(.microseconds(150)), workers: .zero) == .zero)
        #expect(
            pace.rest(after: load(.microseconds(300)), workers: .zero) == .microseconds(2700))
        #expect(pace.rest(after: load(.seconds(1)), workers: .zero) == .seconds(1))
        pace.begin(at: load(.seconds(2)), workers: .zero)
        #expect(pace.rest(after: load(.seconds(2)), workers: .zero) == .zero, "a rest is no work")
        #expect(
            pace.rest(after: load(.seconds(2) + .microseconds(1)), workers: .zero) == .seconds(1))
    }
}
