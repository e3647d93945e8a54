import ArgumentParser
import Coordinator
import Journal
import LogDogModel
import Platform
import ReadModels
import Tumble

/// What live streams cost in memory, in all places that hold them.
struct Memory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bytes a live stream: in the processor, the hot model and pending deadlines.",
        discussion: "Allocated bytes, of one arena: run it with MALLOC_ARENA_MAX=1.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Live streams.")
    var streams = 100_000

    func run() async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        // What the engine takes once, whatever it holds, is not counted.
        try await register(0..<1000, in: engine)
        let before = ProcessMemory.inUse()
        try await register(1000..<1000 + streams, in: engine)
        let each = (ProcessMemory.inUse() - before) / Double(streams)
        let names = (1000..<1000 + streams).reduce(0) { $0 + Self.name($1).utf8.count }
        print("a live stream", each, "bytes")
        print("a live stream beyond its names", each - Double(names) / Double(streams), "bytes")
        try measureParts()
        try await engine.remove()
    }

    /// Where that goes: what is registered stands once, its state once more for readers.
    private func measureParts() throws {
        let secret = Secret([UInt8](repeating: 7, count: Secret.length))
        let prefix = PrefixID(record: RecordNumber(rawValue: 1))
        var states: [StreamState] = []
        states.reserveCapacity(streams)
        var before = ProcessMemory.inUse()
        for number in 0..<streams {
            guard let secret else { throw BenchEngine.SetUpFailed() }
            states.append(
                StreamState(
                    id: StreamID(record: RecordNumber(rawValue: UInt64(number) + 2)),
                    prefix: prefix, project: BenchEngine.project, protoVersion: "1",
                    descriptor: try Workload.descriptor(
                        prefix: BenchEngine.prefix, name: Self.name(number)),
                    secret: secret, created: .zero, updated: .zero, terminalIndex: nil,
                    terminatedAt: nil, archivalKey: StreamState.taskedKey, purged: false,
                    received: ReceivedRanges()))
        }
        print("its registration", (ProcessMemory.inUse() - before) / Double(streams), "bytes")
        before = ProcessMemory.inUse()
        let state = CoordinatorState(prefixes: [], streams: states)
        withExtendedLifetime((state, states)) {
            print("in one state", (ProcessMemory.inUse() - before) / Double(streams), "bytes")
        }
        print("StreamState itself", Double(MemoryLayout<StreamState>.stride), "bytes")
        print(
            "a pending deadline itself",
            Double(MemoryLayout<PendingMutation<CoordinatorMachine>>.stride), "bytes")
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
