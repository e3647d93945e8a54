import ArgumentParser
import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels

/// Deletes a prefix of many streams: how long the call takes, what appends to another prefix notice
/// of the cleaning up, and how long that takes.
struct Deletion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "DeletePrefix of many streams, and appends meanwhile.")

    private static let batch = 2000
    private static let kept = "bench/kept"

    @OptionGroup var output: OutputOptions

    @Option(help: "How many streams the prefix has.")
    var streams = 1_000_000

    func run() async throws {
        guard streams > 0 else { throw ValidationError("--streams is above 0") }
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        try await engine.registerPrefix(Self.kept)
        try await register(on: engine)
        let kept = try Workload.descriptor(prefix: Self.kept, name: "stdout")
        var next: UInt64 = 0
        let alone = try await appends(to: kept, on: engine, &next, for: .seconds(2)) { false }
        figure("appends alone, p50", alone.percentile(50), "ms")
        figure("appends alone, p99", alone.percentile(99), "ms")

        let hash = HashID.ofPrefix(BenchEngine.prefix)
        let model = engine.store.readModel
        let stored = try await model.prefix(project: BenchEngine.project, hash: hash)
        guard let id = stored?.id else { throw BenchEngine.SetUpFailed() }
        let clock = ContinuousClock()
        let began = clock.now
        try await engine.submit([.deletePrefix(DeletePrefix(prefix: id))])
        figure("the call", (clock.now - began).seconds * 1000, "ms")
        let left = try await model.prefix(project: BenchEngine.project, hash: hash)
        guard left == nil else { throw BenchEngine.SetUpFailed() }
        let meanwhile = try await appends(to: kept, on: engine, &next, for: .seconds(600)) {
            try await model.prefix(id) == nil
        }
        figure("until every stream has left", (clock.now - began).seconds, "s")
        for percent in [50.0, 99, 100] {
            let name = percent == 100 ? "worst" : "p\(Int(percent))"
            figure(
                "appends meanwhile, \(name)", meanwhile.percentile(percent), "ms",
                limit: "alone", ratio: meanwhile.percentile(percent) / alone.percentile(percent))
        }
        model.flushCatalog()
        figure("until the catalog is clean", (clock.now - began).seconds, "s")
        try await engine.remove()
    }

    private func register(on engine: BenchEngine) async throws {
        let clock = ContinuousClock()
        let began = clock.now
        for first in stride(from: 0, to: streams, by: Self.batch) {
            try await engine.submit(
                try (first..<min(first + Self.batch, streams)).map { number in
                    engine.registration(
                        try Workload.descriptor(
                            prefix: BenchEngine.prefix, name: "steps/\(number)/stdout"))
                })
        }
        figure("registrations", Double(streams) / (clock.now - began).seconds, "streams/s")
        engine.store.readModel.flushCatalog()
        figure("until they are in the catalog", (clock.now - began).seconds, "s")
    }

    /// Single entries, one after another, until `isDone`.
    private func appends(
        to stream: StreamDescriptor, on engine: BenchEngine, _ next: inout UInt64,
        for limit: Duration, until isDone: () async throws -> Bool
    ) async throws -> Latencies {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var latencies = Latencies()
        var isOver = false
        repeat {
            let began = clock.now
            try await engine.submit([
                engine.delivery(stream, first: next, [[UInt8](repeating: 0x61, count: 120)])
            ])
            latencies.add(clock.now - began)
            next += 1
            isOver = try await isDone() || clock.now >= end
        } while !isOver
        return latencies
    }

    private func figure(
        _ name: String, _ value: Double, _ unit: String, limit: String? = nil,
        ratio: Double? = nil
    ) {
        Figure(
            bench: "deletion", name: name, value: value, unit: unit, limit: limit, ratio: ratio
        ).print(asJSON: output.json)
    }
}
