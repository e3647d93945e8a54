import ArgumentParser
import Coordinator
import Foundation
import LogDogModel
import Platform
import Tumble

/// Durable mutations: appends, registrations, terminations, whole lives of streams.
struct Mutations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Durable mutations by 1 to 256 producers: entries, bundles, lives of streams.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Seconds that each case runs.")
    var seconds = 3.0

    @Option(
        name: .customLong("case"), help: "Only these appends: ENTRIESxPRODUCERS, such as 64x16.")
    var only: [String] = []

    @Option(help: "appends, registrations, terminations or lives; all but appends in process.")
    var kind = MutationKind.allCases

    @Option(help: "How they come in: process, ingest (a socket) or http.")
    var door: [MutationDoor] = [.process]

    private static let producerCounts = [1, 16, 64, 256]

    func run() async throws {
        for kind in kind {
            switch kind {
            case .appends: try await measureAppends()
            case .registrations, .terminations, .lives:
                // One case of appends is wanted, and nothing else.
                guard only.isEmpty else { continue }
                for producers in Self.producerCounts {
                    try await measure(kind, producers: producers)
                }
            }
        }
        Figure(
            bench: "mutations", name: "peak memory", value: ProcessMemory.peak() / 1e6, unit: "MB"
        ).print(asJSON: output.json)
    }

    private func measureAppends() async throws {
        for door in door {
            for entries in [1, 16, 64, 256] {
                for producers in Self.producerCounts
                where only.isEmpty || only.contains("\(entries)x\(producers)") {
                    if door == .process {
                        try await measure(entriesPerBundle: entries, producers: producers)
                    } else {
                        try await measure(
                            entriesPerBundle: entries, producers: producers, through: door)
                    }
                }
            }
        }
    }

    private func measure(entriesPerBundle: Int, producers: Int) async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        try await engine.fillSpace()
        let work = try ProducerWork(
            seed: output.seed, producers: producers, entriesPerBundle: entriesPerBundle)
        let load = await run(
            (0..<producers).map {
                MutationScript(kind: .appends, producer: $0, work: work, engine: engine)
            }, on: engine)
        let entries = Double(load.count * entriesPerBundle)
        let name = "\(entriesPerBundle) entries, \(producers) producers"
        let (limit, limitName) = try limit(
            work, entriesPerCommit: entries / load.commits, entriesPerBundle, engine.directory)
        let rate = entries / load.seconds
        print(name, rate, "entries/s", limitName, rate / limit)
        print("\(name): on disk", load.bytes / entries, "bytes/entry")
        print("\(name): syncs", load.syncs / load.seconds, "1/s")
        print("\(name): latency p50", load.latencies.percentile(50), "ms")
        print("\(name): latency p99", load.latencies.percentile(99), "ms")
        try await engine.remove()
    }

    /// What producers came to, and what it cost the disk.
    struct Load {
        var count = 0
        var seconds = 0.0
        var latencies = Latencies()
        var commits = 1.0
        var bytes = 0.0
        var syncs = 0.0
    }

    /// Lets producers go through their scripts until the time is over.
    func run(_ scripts: [MutationScript], on engine: BenchEngine) async -> Load {
        let before = engine.sink.statistics
        let started = ContinuousClock.now
        let deadline = started.advanced(by: .seconds(seconds))
        var load = Load()
        await withTaskGroup(of: [Duration].self) { group in
            for script in scripts {
                group.addTask { await Producer(script, until: deadline).run() }
            }
            for await samples in group {
                load.count += samples.count
                load.latencies.add(samples)
            }
        }
        load.seconds = started.duration(to: .now).seconds
        let after = engine.sink.statistics
        load.commits = Double(max(1, after.commits - before.commits))
        load.bytes = Double(after.bytes - before.bytes)
        load.syncs = Double(after.syncs - before.syncs)
        return load
    }

    /// Single entries are held against a loop that deflates and syncs blocks of the same size,
    /// bundles against deflate alone.
    private func limit(
        _ work: ProducerWork, entriesPerCommit: Double, _ entriesPerBundle: Int,
        _ directory: String
    ) throws -> (Double, String) {
        let entryBytes = Double(work.sample.count) / Double(work.sampleEntries)
        guard entriesPerBundle == 1 else {
            return (Limits.deflateRate(work.sample) / entryBytes, "bare deflate")
        }
        let commits = try Limits.commitRate(
            work.sample, blockBytes: max(1, Int(entriesPerCommit * entryBytes)), in: directory,
            seconds: 1)
        return (commits * entriesPerCommit, "bare deflate+write+fdatasync of the same blocks")
    }

    func print(
        _ name: String, _ value: Double, _ unit: String, _ limit: String? = nil,
        _ ratio: Double? = nil
    ) {
        Figure(
            bench: "mutations", name: name, value: value, unit: unit, limit: limit, ratio: ratio
        ).print(asJSON: output.json)
    }
}

/// What producers send: made before the clock starts.
struct ProducerWork: Sendable {
    /// Entries of one producer that are sent again and again under new indexes.
    static let cycle = 4096

    let entriesPerBundle: Int
    let sampleEntries: Int
    /// The same bytes for the limits.
    let sample: [UInt8]
    let descriptors: [StreamDescriptor]
    let entries: [[UInt8]]

    init(seed: UInt64, producers: Int, entriesPerBundle: Int) throws {
        self.entriesPerBundle = entriesPerBundle
        var workload = Workload(seed: seed)
        entries = (0..<Self.cycle).map { workload.entry(index: UInt64($0)) }
        descriptors = try (0..<producers).map {
            try Workload.descriptor(prefix: BenchEngine.prefix, name: "stream/\($0)")
        }
        sample = entries.flatMap { $0 }
        sampleEntries = entries.count
    }
}

/// Sends its mutations one after another, each as soon as the one before is durable.
///
/// It goes on in the completion of the last one, as an event loop would: what is measured is the
/// engine, not the scheduling of tasks.
///
/// `@unchecked Sendable`: only one mutation is under way at a time, and only its completion goes on.
final class Producer: @unchecked Sendable {
    private let script: MutationScript
    private let deadline: ContinuousClock.Instant
    private var step = 0
    private var latencies: [Duration] = []

    init(_ script: MutationScript, until deadline: ContinuousClock.Instant) {
        self.script = script
        self.deadline = deadline
    }

    /// The latencies of the mutations that were made.
    func run() async -> [Duration] {
        await withCheckedContinuation { caller in send(at: .now) { caller.resume() } }
        return latencies
    }

    private func send(
        at started: ContinuousClock.Instant, end: @escaping @Sendable () -> Void
    ) {
        guard let mutation = next() else { return end() }
        step += 1
        script.engine.store.processor.submit([mutation]) { [self] outcomes in
            guard case .success = outcomes.first else {
                preconditionFailure("a benchmark's mutation is taken: \(outcomes)")
            }
            let now = ContinuousClock.now
            latencies.append(started.duration(to: now))
            if now < deadline { send(at: now, end: end) } else { end() }
        }
    }

    private func next() -> CoordinatorMutation? {
        do {
            return try script.mutation(step)
        } catch {
            preconditionFailure("a benchmark's descriptors are valid: \(error)")
        }
    }
}
