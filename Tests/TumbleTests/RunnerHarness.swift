import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import Tumble

/// A runner of the toy machine on a temporary directory, or on a simulated disk, and a clock that
/// is moved by hand.
final class RunnerHarness {
    let directory: URL
    let clock = ManualClock()
    private let files: any FileSystem
    private let options: RunnerOptions
    private let effects: (any EffectHandler<CounterMachine>)?
    private let cold: ColdOptions<CounterMachine>?
    private(set) var runner: ProcessorRunner<CounterMachine>
    private(set) var published: Published

    init(_ options: RunnerOptions = RunnerOptions()) throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "tumble-\(UUID().uuidString)")
        files = SystemFileSystem()
        self.options = options
        effects = nil
        cold = nil
        (runner, published) = try Self.open(directory, files, clock, options, nil, nil)
        runner.start()
    }

    init(
        on disk: SimulatedDisk, _ options: RunnerOptions = RunnerOptions(),
        effects: (any EffectHandler<CounterMachine>)? = nil,
        cold: ColdOptions<CounterMachine>? = nil
    ) throws {
        directory = URL(filePath: "/journal")
        files = disk
        self.options = options
        self.effects = effects
        self.cold = cold
        (runner, published) = try Self.open(directory, files, clock, options, effects, cold)
        runner.start()
    }

    deinit { do { try FileManager.default.removeItem(at: directory) } catch {} }

    private static func open(
        _ directory: URL, _ files: any FileSystem, _ clock: ManualClock,
        _ runnerOptions: RunnerOptions, _ effects: (any EffectHandler<CounterMachine>)?,
        _ cold: ColdOptions<CounterMachine>?
    ) throws -> (ProcessorRunner<CounterMachine>, Published) {
        var options = JournalOptions()
        options.segmentSize = 256 << 10
        options.commitLimit = 64 << 10
        options.blockTarget = 8 << 10
        options.blockLimit = 32 << 10
        options.indexInterval = 64 << 10
        let journal = try JournalRecovery.open(
            JournalDirectory(path: directory.path, files: files), options: options,
            clock: clock, runOf: { _ in nil }, holder: "test")
        let published = Published()
        let machine = CounterMachine()
        let runner = try ProcessorRunner.recover(
            machine: machine, snapshot: .initial(machine), journal: journal,
            observer: published, clock: clock, options: runnerOptions,
            effects: effects, cold: cold)
        return (runner, published)
    }

    /// Stops, opens again, and starts.
    func restart() async throws {
        await runner.stop()
        (runner, published) = try Self.open(directory, files, clock, options, effects, cold)
        runner.start()
    }

    /// Returns once all space ahead is prepared: from then on only commits and marks touch the disk.
    func settleSpace() async {
        while runner.writer.sink.wantsFilling { await Task.yield() }
    }

    func advance(by duration: Duration) async {
        clock.advance(by: duration)
        await runner.fireDue()
    }
}
