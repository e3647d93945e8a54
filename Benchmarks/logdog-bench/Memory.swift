import ArgumentParser
import Coordinator
import LogDogModel
import ReadModels
import Tumble

/// What live streams cost in memory, in all places that hold them.
struct Memory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bytes a live stream: in the processor, the hot model and pending deadlines.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Live streams.")
    var streams = 100_000

    func run() async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        // What the engine takes once, whatever it holds, is not counted.
        try await register(0..<1000, in: engine)
        let before = ProcessMemory.now()
        try await register(1000..<1000 + streams, in: engine)
        let after = ProcessMemory.now()
        let names = (1000..<1000 + streams).reduce(0) { $0 + Self.name($1).utf8.count }
        let each = (after - before) / Double(streams)
        let namesEach = Double(names) / Double(streams)
        print("a live stream", each, "bytes")
        print("a live stream beyond its names", each - namesEach, "bytes")
        try await engine.remove()
    }

    private static func name(_ number: Int) -> String { "steps/\(number)/stdout" }

    private func register(_ numbers: Range<Int>, in engine: BenchEngine) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 1000) {
            let mutations = try (start..<min(start + 1000, numbers.upperBound)).map {
                engine.registration(
                    try Workload.descriptor(prefix: BenchEngine.prefix, name: Self.name($0)))
            }
            try await engine.submit(mutations)
        }
        // Rows that wait for the catalog are not what a stream costs.
        engine.store.readModel.flushCatalog()
    }

    private func print(_ name: String, _ value: Double, _ unit: String) {
        Figure(bench: "memory", name: name, value: value, unit: unit).print(asJSON: output.json)
    }
}
