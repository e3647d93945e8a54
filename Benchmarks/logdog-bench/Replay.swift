import ArgumentParser
import Coordinator
import Foundation
import Journal
import Platform
import Tumble

/// Replay of a journal into the Coordinator's state.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay segments from nothing, against bare inflate of the same bytes.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries in the journal.")
    var entries = 2_000_000

    func run() async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        let work = try ProducerWork(seed: output.seed, producers: 256, entriesPerBundle: 64)
        try await Filling.fill(engine, work, entries: entries, streams: 256)
        await engine.store.stop()

        let machine = CoordinatorMachine()
        let reader = JournalReader(
            JournalDirectory(path: "\(engine.directory)/journal", files: SystemFileSystem()))
        var inflated = 0
        var state = machine.initialState()
        let started = ContinuousClock.now
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            inflated += block.inflatedBytes
            for record in block.records where record.kind.rawValue >= 32 {
                try machine.apply(
                    try machine.decode(record), numbered: record.number, to: &state)
            }
        }
        let elapsed = started.duration(to: .now).seconds
        let rate = Double(inflated) / elapsed
        Figure(
            bench: "replay", name: "\(entries) entries, one core", value: rate / 1e6, unit: "MB/s",
            limit: "bare inflate", ratio: rate / Limits.inflateRate(work.sample)
        ).print(asJSON: output.json)
        Figure(
            bench: "replay", name: "entries", value: Double(entries) / elapsed, unit: "entries/s"
        ).print(asJSON: output.json)
        try FileManager.default.removeItem(atPath: engine.directory)
    }
}

/// Puts entries into an engine.
enum Filling {
    static func fill(
        _ engine: BenchEngine, _ work: ProducerWork, entries: Int, streams: Int
    ) async throws {
        let bundles = entries / work.entriesPerBundle / streams
        await withTaskGroup(of: Void.self) { group in
            for stream in 0..<streams {
                group.addTask { await work.send(bundles, of: stream, to: engine) }
            }
        }
    }
}

extension ProducerWork {
    /// Sends `count` bundles of one stream.
    func send(_ count: Int, of stream: Int, to engine: BenchEngine) async {
        for bundle in 0..<count {
            let mutation = self.mutation(stream, first: UInt64(bundle * entriesPerBundle), engine)
            do throws(SubmitFailure<Rejection>) {
                _ = try await engine.store.processor.submit(mutation)
            } catch {
                preconditionFailure("a benchmark's append is taken: \(error)")
            }
        }
    }

    func mutation(
        _ stream: Int, first: UInt64, _ engine: BenchEngine
    ) -> CoordinatorMutation {
        let start = (stream * 131 + Int(first)) % (Self.cycle - entriesPerBundle)
        return engine.delivery(
            descriptors[stream], first: first, Array(entries[start..<start + entriesPerBundle]))
    }
}
