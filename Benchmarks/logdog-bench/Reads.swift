import ArgumentParser
import Coordinator
import Foundation
import LogDogModel
import ReadModels

/// Reads of entries.
struct Reads: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Get of 100 entries of one of 256 interleaved streams, hot and cold, and Tail.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries in the journal.")
    var entries = 1_000_000

    @Option(help: "Reads of each kind.")
    var reads = 2000

    func run() async throws {
        let filled = try await BenchEngine.temporary()
        try await filled.registerPrefix()
        let work = try ProducerWork(seed: output.seed, producers: 256, entriesPerBundle: 16)
        try await Filling.fill(filled, work, entries: entries, streams: 256)
        await filled.store.stop()
        // A new process would begin with empty caches; a new engine does as well.
        let engine = try await BenchEngine(directory: filled.directory)
        let model = engine.store.readModel
        var streams: [StreamID] = []
        for descriptor in work.descriptors {
            guard
                let stream = try await model.stream(
                    project: BenchEngine.project, hash: descriptor.path.hash)
            else { throw BenchEngine.SetUpFailed() }
            streams.append(stream.id)
        }
        let perStream = Int64(entries / 256)
        for name in ["cold", "hot"] {
            var latencies = Latencies()
            var found = 0
            for read in 0..<reads {
                let stream = streams[read * 37 % streams.count]
                let index = Int64(read * 7919) % max(1, perStream - 100)
                let started = ContinuousClock.now
                let page = try await model.entries(
                    of: stream, from: index, limits: ReadLimits(logCount: 100))
                latencies.add(started.duration(to: .now))
                found += page.entries.count
            }
            print("Get of 100, \(name): p50", latencies.percentile(50), "ms")
            print("Get of 100, \(name): p99", latencies.percentile(99), "ms")
            print("Get of 100, \(name): entries found", Double(found) / Double(reads), "a read")
        }
        var latencies = Latencies()
        for read in 0..<reads {
            let started = ContinuousClock.now
            _ = try await model.tail(of: streams[read * 37 % streams.count])
            latencies.add(started.duration(to: .now))
        }
        print("Tail: p50", latencies.percentile(50), "ms")
        try await engine.remove()
    }

    private func print(_ name: String, _ value: Double, _ unit: String) {
        Figure(bench: "reads", name: name, value: value, unit: unit).print(asJSON: output.json)
    }
}
