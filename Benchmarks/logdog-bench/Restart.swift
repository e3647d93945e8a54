import ArgumentParser
import Foundation

/// Restart of a journal in a fresh process that was killed before: with its catalog, and without.
struct Restart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restart after SIGKILL: 1,000,000 entries in 1,000 live streams.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries in the journal.")
    var entries = 1_000_000

    @Option(help: "Live streams that they are of.")
    var streams = 1000

    @Option(help: .hidden)
    var phase = ""

    @Option(help: .hidden)
    var directory = ""

    func run() async throws {
        switch phase {
        case "fill": try await fill()
        case "open": try await open("with the catalog")
        case "replay": try await open("replaying everything")
        default: try measure()
        }
    }

    private func measure() throws {
        let phases = try BenchPhases(
            "restart", ["--entries", "\(entries)", "--streams", "\(streams)"], output)
        try phases.run("fill", isKilled: true)
        try phases.run("open")
        for name in try FileManager.default.contentsOfDirectory(atPath: phases.directory)
        where name.hasPrefix("catalog") {
            try FileManager.default.removeItem(atPath: "\(phases.directory)/\(name)")
        }
        try phases.run("replay")
        try phases.remove()
    }

    private func fill() async throws {
        let engine = try await BenchEngine(directory: directory)
        try await engine.registerPrefix()
        let work = try ProducerWork(seed: output.seed, producers: streams, entriesPerBundle: 64)
        try await Filling.fill(engine, work, entries: entries, streams: streams)
        kill(getpid(), SIGKILL)
    }

    private func open(_ how: String) async throws {
        let started = ContinuousClock.now
        let engine = try await BenchEngine(directory: directory)
        let elapsed = started.duration(to: .now).seconds
        Figure(
            bench: "restart", name: "\(entries) entries, \(streams) live streams, \(how)",
            value: elapsed, unit: "s"
        ).print(asJSON: output.json)
        Figure(
            bench: "restart", name: "peak memory, \(how)", value: ProcessMemory.peak() / 1e6,
            unit: "MB"
        ).print(asJSON: output.json)
        await engine.store.stop()
    }
}
