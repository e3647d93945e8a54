import ArgumentParser
import Coordinator
import Foundation
import LogDogModel
import Platform
import ReadModels
import Tumble

/// What streams cost that are finished: in memory, at a restart, and when somebody reads them.
struct Cold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Archived streams past their grace: memory, restart, lookups.")

    private static let streamsAPrefix = 100
    private static let lookups = 2000
    /// For so long streams may be registered under a prefix; then it is finished.
    private static let window = Duration.seconds(3)
    private static let nonce = [UInt8](repeating: 1, count: RegisterPrefix.nonceLength)

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
        let phases = try BenchPhases("cold", ["--streams", "\(streams)"], output)
        try phases.run("fill")
        try phases.run("open")
        try phases.remove()
    }

    /// Whole lives, each prefix closed and each stream archived at once.
    private func fill() async throws {
        let clock = SteppedClock()
        let engine = try await BenchEngine(directory: directory, grace: .zero, clock: clock)
        // What the engine takes once, whatever it has held, is not counted.
        let first = Self.streamsAPrefix * 100
        try await live(0..<min(first, streams), in: engine, clock)
        let (allocated, resident) = (ProcessMemory.inUse(), ProcessMemory.now())
        try await live(min(first, streams)..<streams, in: engine, clock)
        let later = Double(max(1, streams - first))
        figure(
            "allocated by a live server, per stream that is finished",
            (ProcessMemory.inUse() - allocated) / later, "bytes")
        figure("the same, resident", (ProcessMemory.now() - resident) / later, "bytes")
        figure("allocated by it", ProcessMemory.inUse() / 1e6, "MB")
        figure("its resident memory", ProcessMemory.now() / 1e6, "MB")
        figure("the most it was", ProcessMemory.peak() / 1e6, "MB")
        await engine.store.stop()
        figure("catalog, per stream", try size("catalog.sqlite") / Double(streams), "bytes")
    }

    private func live(
        _ numbers: Range<Int>, in engine: BenchEngine, _ clock: SteppedClock
    ) async throws {
        for start in stride(
            from: numbers.lowerBound, to: numbers.upperBound, by: Self.streamsAPrefix)
        {
            let prefix = Self.prefix(start)
            await engine.store.readModel.paceRegistration()
            try await engine.registerPrefix(prefix, window: Self.window, nonce: Self.nonce)
            let names = try (start..<min(start + Self.streamsAPrefix, numbers.upperBound)).map {
                try Workload.descriptor(prefix: prefix, name: Self.name($0))
            }
            try await engine.submit(names.map { engine.registration($0, terminalIndex: 0) })
            try await engine.submit(names.map { Self.report(of: $0) })
            clock.step(by: Self.window / 50)
        }
        try await settle(engine, clock)
    }

    /// Until nothing is in memory any more.
    private func settle(_ engine: BenchEngine, _ clock: SteppedClock) async throws {
        for _ in 0..<600 {
            clock.step(by: Self.window)
            try await engine.registerPrefix("settle/\(UUID().uuidString)", window: Self.window)
            engine.store.readModel.flushCatalog()
            if engine.store.readModel.familiesInMemory < 64 { return }
        }
        throw BenchEngine.SetUpFailed()
    }

    private func open() async throws {
        let started = ContinuousClock.now
        let engine = try await BenchEngine(directory: directory, grace: .zero)
        figure("restart", started.duration(to: .now).seconds, "s")
        figure("resident memory after it", ProcessMemory.now() / 1e6, "MB")
        figure("the most it was", ProcessMemory.peak() / 1e6, "MB")
        let readModel = engine.store.readModel
        // Each measurement goes on with other numbers, so that it finds its prefixes cold.
        var numbers = SeededNumbers(seed: output.seed)
        try await measure("a stream looked up", &numbers) { prefix, name in
            let hash = HashID.ofStream(prefix: prefix, name: name)
            return try await readModel.stream(project: BenchEngine.project, hash: hash) != nil
        }
        try await measure("a search of its prefix", &numbers) { prefix, name in
            let pattern = try PathPattern("\(prefix)/+/**")
            let page = try await readModel.query(
                StreamQuery(project: BenchEngine.project, search: .names(pattern)),
                deadline: .now + .seconds(10))
            return page.hits.count == Self.streamsAPrefix
        }
        // Beyond the time of a nonce the answer is another, and costs the same.
        try await measure("its prefix registered again by nonce", &numbers) { prefix, _ in
            try await isAnswered {
                try await engine.registerPrefix(
                    prefix, window: Self.window, nonce: Self.nonce)
            }
        }
        try await measure("a stream registered in it, which is refused", &numbers) { prefix, name in
            let descriptor = try Workload.descriptor(prefix: prefix, name: name)
            return try await isAnswered {
                try await engine.submit([engine.registration(descriptor)])
            }
        }
        figure("resident memory after all that", ProcessMemory.now() / 1e6, "MB")
        await engine.store.stop()
    }

    /// Times what is done with streams chosen by chance, one after the other.
    private func measure(
        _ what: String, _ numbers: inout SeededNumbers,
        _ work: (_ prefix: String, _ name: String) async throws -> Bool
    ) async throws {
        var latencies = Latencies()
        for _ in 0..<Self.lookups {
            let number = Int(numbers.next() % UInt64(streams))
            let prefix = Self.prefix(number / Self.streamsAPrefix * Self.streamsAPrefix)
            let began = ContinuousClock.now
            guard try await work(prefix, Self.name(number)) else {
                throw BenchEngine.SetUpFailed()
            }
            latencies.add(began.duration(to: .now))
        }
        figure("\(what), p50", latencies.percentile(50), "ms")
        figure("\(what), p99", latencies.percentile(99), "ms")
    }

    /// Whether the rules accept it, or refuse it for what they know of its prefix.
    private func isAnswered(_ work: () async throws -> Void) async throws -> Bool {
        do {
            try await work()
            return true
        } catch SubmitFailure<Rejection>.rejected(let rejection) {
            return [.prefixExpired, .prefixAlreadyExists].contains(rejection)
        }
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

/// Goes on only when it is told to, so that a prefix does not end while its streams are registered.
private final class SteppedClock: Clock {
    private let passed = Lock(Duration.zero)
    private let start = SystemClock().wall()

    func step(by time: Duration) { passed.withLock { $0 += time } }

    func wall() -> Timestamp { start.adding(monotonic()) }

    func monotonic() -> Duration { passed.withLock { $0 } }
}
