import ArgumentParser
import Coordinator
import Foundation
import LogDogModel
import Platform
import ReadModels

/// What streams cost that are finished: in memory, at a restart, and when somebody reads them.
struct Cold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Archived streams past their grace: memory, restart, lookups.")

    private static let streamsAPrefix = 100
    private static let lookups = 2000

    @OptionGroup var output: OutputOptions

    @Option(help: "Archived streams, in prefixes of 100.")
    var streams = 200_000

    @Option(help: .hidden)
    var phase = ""

    @Option(help: .hidden)
    var directory = ""

    func run() async throws {
        switch phase {
        case "fill": try await fill()
        case "open": try await open()
        default: try measure()
        }
    }

    private func measure() throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for phase in ["fill", "open"] {
            let process = Process()
            process.executableURL = URL(
                filePath: try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/exe"))
            process.arguments = [
                "cold", "--phase", phase, "--directory", path, "--streams", "\(streams)",
                "--seed", "\(output.seed)",
            ]
            if output.json { process.arguments?.append("--json") }
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw BenchEngine.SetUpFailed() }
        }
    }

    /// Whole lives, each prefix closed and each stream archived at once.
    private func fill() async throws {
        let engine = try await BenchEngine(directory: directory, grace: .zero)
        // What the engine takes once, whatever it has held, is not counted.
        let first = Self.streamsAPrefix * 100
        try await live(0..<min(first, streams), in: engine)
        let before = ProcessMemory.now()
        try await live(min(first, streams)..<streams, in: engine)
        let each = (ProcessMemory.now() - before) / Double(max(1, streams - first))
        figure("a live server, per stream that is finished", each, "bytes")
        figure("its memory", ProcessMemory.now() / 1e6, "MB")
        await engine.store.stop()
        figure("catalog, per stream", try size("catalog.sqlite") / Double(streams), "bytes")
    }

    private func live(_ numbers: Range<Int>, in engine: BenchEngine) async throws {
        for start in stride(
            from: numbers.lowerBound, to: numbers.upperBound, by: Self.streamsAPrefix)
        {
            let prefix = Self.prefix(start)
            try await engine.registerPrefix(prefix, window: .milliseconds(500))
            let names = try (start..<min(start + Self.streamsAPrefix, numbers.upperBound)).map {
                try Workload.descriptor(prefix: prefix, name: Self.name($0))
            }
            await engine.store.readModel.paceRegistration()
            try await engine.submit(names.map { engine.registration($0, terminalIndex: 0) })
            try await engine.submit(names.map { Self.report(of: $0) })
        }
        try await settle(engine)
    }

    /// Until nothing is in memory any more.
    private func settle(_ engine: BenchEngine) async throws {
        for turn in 0..<600 {
            try await engine.registerPrefix("settle/\(UUID().uuidString)", window: .seconds(1))
            engine.store.readModel.flushCatalog()
            if engine.store.readModel.familiesInMemory < 64 { return }
            try await Task.sleep(for: .milliseconds(100))
            if turn == 599 { throw BenchEngine.SetUpFailed() }
        }
    }

    private func open() async throws {
        let started = ContinuousClock.now
        let engine = try await BenchEngine(directory: directory, grace: .zero)
        figure("restart", started.duration(to: .now).seconds, "s")
        figure("memory after it", ProcessMemory.now() / 1e6, "MB")
        var latencies = Latencies()
        var numbers = SeededNumbers(seed: output.seed)
        for _ in 0..<Self.lookups {
            let number = Int(numbers.next() % UInt64(streams))
            let prefix = Self.prefix(number / Self.streamsAPrefix * Self.streamsAPrefix)
            let hash = HashID.ofStream(prefix: prefix, name: Self.name(number))
            let began = ContinuousClock.now
            guard
                try await engine.store.readModel.stream(
                    project: BenchEngine.project, hash: hash) != nil
            else { throw BenchEngine.SetUpFailed() }
            latencies.add(began.duration(to: .now))
        }
        figure("a stream looked up, p50", latencies.percentile(50), "ms")
        figure("a stream looked up, p99", latencies.percentile(99), "ms")
        await engine.store.stop()
    }

    private static func prefix(_ number: Int) -> String { "ci/builds/\(number)" }

    private static func name(_ number: Int) -> String { "steps/\(number)/stdout" }

    private static func report(of descriptor: StreamDescriptor) -> CoordinatorMutation {
        .archiveStream(
            ArchiveStream(
                .current(StreamKey(project: BenchEngine.project, hash: descriptor.hash)),
                terminalIndex: 0, entryCount: 1,
                stream: ArchiveObject(
                    url: "archive:///bench/\(descriptor.hash.hex)/logstream.entries", size: 1000),
                index: ArchiveObject(
                    url: "archive:///bench/\(descriptor.hash.hex)/logstream.index", size: 100)))
    }

    private func size(_ file: String) throws -> Double {
        let attributes = try FileManager.default.attributesOfItem(
            atPath: "\(directory)/\(file)")
        return (attributes[.size] as? NSNumber)?.doubleValue ?? 0
    }

    private func figure(_ name: String, _ value: Double, _ unit: String) {
        Figure(
            bench: "cold", name: "\(streams) finished streams: \(name)", value: value, unit: unit
        ).print(asJSON: output.json)
    }
}
