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

        let reader = JournalReader(
            JournalDirectory(path: "\(engine.directory)/journal", files: SystemFileSystem()))
        let one = try replay(reader.blocks(from: .first))
        let all = try replay(reader.blocksInflatedAhead(from: .first))
        let limit = try Limits.inflateRate(ofSegmentsIn: "\(engine.directory)/journal")
        print("one core", one.bytes / 1e6, "MB/s", "bare inflate", one.bytes / limit)
        print("one core: entries", one.entries, "entries/s")
        print("all cores", all.bytes / 1e6, "MB/s", "one core", all.bytes / one.bytes)
        print("all cores: entries", all.entries, "entries/s")
        try FileManager.default.removeItem(atPath: engine.directory)
    }
}

extension Replay {
    /// Bytes and entries a second.
    private func replay(_ blocks: BlockCursor) throws -> (bytes: Double, entries: Double) {
        let machine = CoordinatorMachine()
        var state = machine.initialState()
        var cursor = blocks
        var inflated = 0
        let started = ContinuousClock.now
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            inflated += block.inflatedBytes
            for record in block.records where record.kind.rawValue >= 32 {
                try machine.apply(
                    try machine.decode(record), numbered: record.number, to: &state)
            }
        }
        let elapsed = started.duration(to: .now).seconds
        return (Double(inflated) / elapsed, Double(entries) / elapsed)
    }

    private func print(
        _ name: String, _ value: Double, _ unit: String, _ limit: String? = nil,
        _ ratio: Double? = nil
    ) {
        Figure(
            bench: "replay", name: name, value: value, unit: unit, limit: limit, ratio: ratio
        ).print(asJSON: output.json)
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
