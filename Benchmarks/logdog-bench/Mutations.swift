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

    func run() async throws {
        for producers in [1, 16, 64, 256] {
            try await measure(entriesPerBundle: 1, producers: producers)
        }
        for producers in [1, 16, 64] {
            try await measure(entriesPerBundle: 64, producers: producers)
        }
        Figure(
            bench: "mutations", name: "peak memory", value: ProcessMemory.peak() / 1e6, unit: "MB"
        ).print(asJSON: output.json)
    }

    private func measure(entriesPerBundle: Int, producers: Int) async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        let work = try ProducerWork(
            seed: output.seed, producers: producers, entriesPerBundle: entriesPerBundle)
        let before = engine.sink.statistics
        let started = ContinuousClock.now
        let deadline = started.advanced(by: .seconds(seconds))
        var latencies = Latencies()
        var bundles = 0
        await withTaskGroup(of: [Duration].self) { group in
            for producer in 0..<producers {
                group.addTask { await work.run(producer, on: engine, until: deadline) }
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
        let block = Array(work.sample.prefix(max(1, Int(entriesPerCommit * entryBytes))))
        let commits = try Limits.commitRate(block, in: directory, seconds: 1)
        return (commits * entriesPerCommit, "bare deflate+write+fdatasync of the same blocks")
    }

    private func print(
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

    /// Sends bundles one after another, each when the one before is durable; the latencies.
    func run(
        _ producer: Int, on engine: BenchEngine, until deadline: ContinuousClock.Instant
    ) async -> [Duration] {
        var latencies: [Duration] = []
        var next: UInt64 = 0
        while ContinuousClock.now < deadline {
            let mutation = self.mutation(producer, first: next, engine)
            let started = ContinuousClock.now
            do throws(SubmitFailure<Rejection>) {
                _ = try await engine.store.processor.submit(mutation)
            } catch {
                return latencies
            }
            latencies.append(started.duration(to: .now))
            next += UInt64(entriesPerBundle)
        }
        return latencies
    }
}
