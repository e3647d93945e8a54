import Foundation
import Journal
import Platform
import TestSupport
import Testing
import Tumble

/// A runner of the toy machine on a temporary directory and a clock that is moved by hand.
final class RunnerHarness {
    let directory: URL
    let clock = ManualClock()
    private(set) var runner: ProcessorRunner<CounterMachine>
    private(set) var published: Published

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "tumble-\(UUID().uuidString)")
        (runner, published) = try Self.open(directory, clock)
        runner.start()
    }

    deinit { do { try FileManager.default.removeItem(at: directory) } catch {} }

    private static func open(
        _ directory: URL, _ clock: ManualClock
    ) throws -> (ProcessorRunner<CounterMachine>, Published) {
        var options = JournalOptions()
        options.segmentSize = 1 << 20
        options.commitLimit = 128 << 10
        options.blockTarget = 8 << 10
        options.blockLimit = 32 << 10
        options.indexInterval = 64 << 10
        let journal = try JournalRecovery.open(
            JournalDirectory(path: directory.path, files: SystemFileSystem()), options: options,
            clock: clock, runOf: { _ in nil }, holder: "test")
        let published = Published()
        let machine = CounterMachine()
        let runner = try ProcessorRunner.recover(
            machine: machine, snapshot: .initial(machine), journal: journal,
            observer: published, clock: clock)
        return (runner, published)
    }

    /// Stops, opens again, and starts.
    func restart() async throws {
        await runner.stop()
        (runner, published) = try Self.open(directory, clock)
        runner.start()
    }

    func advance(by duration: Duration) async {
        clock.advance(by: duration)
        await runner.fireDue()
    }
}
