import ArgumentParser
import Coordinator
import Foundation
import LogDogModel
import Platform
import Tumble

/// Durable appends in process.
struct Mutations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Durable appends: single entries and bundles, with 1 to 256 producers.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Seconds that each case runs.")
    var seconds = 3.0

    @Option(name: .customLong("case"), help: "Only this case: ENTRIESxPRODUCERS, such as 64x16.")
    var only: [String] = []

    @Option(help: "How they come in: process, ingest (a socket) or http.")
    var door: [MutationDoor] = [.process]

    func run() async throws {
        for door in door {
            for entries in [1, 16, 64, 256] {
                for producers in [1, 16, 64, 256]
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
        Figure(
            bench: "mutations", name: "peak memory", value: ProcessMemory.peak() / 1e6, unit: "MB"
        ).print(asJSON: output.json)
    }

    private func measure(entriesPerBundle: Int, producers: Int) async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        try await engine.fillSpace()
        let work = try ProducerWork(
            seed: output.seed, producers: producers, entriesPerBundle: entriesPerBundle)
        let before = engine.sink.statistics
        let started = ContinuousClock.now
        let deadline = started.advanced(by: .seconds(seconds))
        var latencies = Latencies()
        var bundles = 0
        await withTaskGroup(of: [Duration].self) { group in
            for number in 0..<producers {
                group.addTask {
                    await Producer(number, of: work, on: engine, until: deadline).run()
                }
            }
            for await samples in group {
                bundles += samples.count
                latencies.add(samples)
            }
        }
        let elapsed = started.duration(to: .now).seconds
        let after = engine.sink.statistics
        let entries = Double(bundles * entriesPerBundle)
        let name = "\(entriesPerBundle) entries, \(producers) producers"
        let commits = max(1, after.commits - before.commits)
        let bytes = Double(after.bytes - before.bytes)
        let (limit, limitName) = try limit(
            work, entriesPerCommit: entries / Double(commits), entriesPerBundle, engine.directory)
        print(name, entries / elapsed, "entries/s", limitName, entries / elapsed / limit)
        print("\(name): on disk", bytes / entries, "bytes/entry")
        print("\(name): syncs", Double(after.syncs - before.syncs) / elapsed, "1/s")
        print("\(name): latency p50", latencies.percentile(50), "ms")
        print("\(name): latency p99", latencies.percentile(99), "ms")
        try await engine.remove()
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

/// Sends bundles one after another, each as soon as the one before is durable.
///
/// It goes on in the completion of its last append, as an event loop would: what is measured is the
/// engine, not the scheduling of tasks.
///
/// `@unchecked Sendable`: only one append is under way at a time, and only its completion goes on.
final class Producer: @unchecked Sendable {
    private let number: Int
    private let work: ProducerWork
    private let engine: BenchEngine
    private let deadline: ContinuousClock.Instant
    private var next: UInt64 = 0
    private var latencies: [Duration] = []

    init(
        _ number: Int, of work: ProducerWork, on engine: BenchEngine,
        until deadline: ContinuousClock.Instant
    ) {
        self.number = number
        self.work = work
        self.engine = engine
        self.deadline = deadline
    }

    /// The latencies of the appends that were made.
    func run() async -> [Duration] {
        await withCheckedContinuation { caller in send(at: .now) { caller.resume() } }
        return latencies
    }

    private func send(
        at started: ContinuousClock.Instant, end: @escaping @Sendable () -> Void
    ) {
        let mutation = work.mutation(number, first: next, engine)
        next += UInt64(work.entriesPerBundle)
        engine.store.processor.submit([mutation]) { [self] outcomes in
            guard case .success = outcomes.first else {
                preconditionFailure("a benchmark's append is taken: \(outcomes)")
            }
            let now = ContinuousClock.now
            latencies.append(started.duration(to: now))
            if now < deadline { send(at: now, end: end) } else { end() }
        }
    }
}
