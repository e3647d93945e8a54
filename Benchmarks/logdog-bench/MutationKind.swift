import ArgumentParser
import Coordinator
import LogDogModel

/// What producers ask for.
enum MutationKind: String, ExpressibleByArgument, CaseIterable {
    /// Entries of a stream of their own, alone or in bundles.
    case appends
    /// Streams that nobody knows yet.
    case registrations
    /// The ends of streams that were registered before the clock started.
    case terminations
    /// Stream after stream: registered, four bundles of 16 entries, terminated.
    case lives
}

/// What one producer asks for, step by step.
struct MutationScript: Sendable {
    /// Of a whole life.
    private static let bundles = 4
    private static let entriesPerBundle = 16
    static let stepsPerLife = bundles + 2

    let kind: MutationKind
    let producer: Int
    let work: ProducerWork
    let engine: BenchEngine
    /// Streams to terminate; made and registered before the clock starts.
    var open: [StreamDescriptor] = []

    /// Nil at the end.
    func mutation(_ step: Int) throws -> CoordinatorMutation? {
        switch kind {
        case .appends:
            work.mutation(producer, first: UInt64(step * work.entriesPerBundle), engine)
        case .registrations: engine.registration(try descriptor(step))
        case .terminations: step < open.count ? engine.termination(of: open[step], at: 0) : nil
        case .lives: try life(step)
        }
    }

    private func life(_ step: Int) throws -> CoordinatorMutation {
        let stream = try descriptor(step / Self.stepsPerLife)
        let part = step % Self.stepsPerLife - 1
        switch part {
        case -1: return engine.registration(stream)
        case Self.bundles:
            return engine.termination(
                of: stream, at: UInt64(Self.bundles * Self.entriesPerBundle - 1))
        default:
            let first = part * Self.entriesPerBundle
            return engine.delivery(
                stream, first: UInt64(first),
                Array(work.entries[first..<first + Self.entriesPerBundle]))
        }
    }

    /// Made when it is wanted, as a door has to for each registration.
    func descriptor(_ number: Int) throws -> StreamDescriptor {
        try Workload.descriptor(
            prefix: BenchEngine.prefix, name: "step/\(producer)/\(number)/stdout")
    }
}

extension Mutations {
    /// Registrations, terminations or whole lives, by producers of this process.
    func measure(_ kind: MutationKind, producers: Int) async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        let work = try ProducerWork(
            seed: output.seed, producers: producers, entriesPerBundle: 16)
        try await engine.fillSpace()
        var scripts = (0..<producers).map {
            MutationScript(kind: kind, producer: $0, work: work, engine: engine)
        }
        if kind == .terminations {
            // More than two cores end in the time.
            let count = Int(200_000 * seconds) / producers + 1
            for producer in scripts.indices {
                scripts[producer].open = try await open(count, scripts[producer], on: engine)
            }
        }
        let load = await run(scripts, on: engine)
        let steps = kind == .lives ? MutationScript.stepsPerLife : 1
        let name = "\(kind.rawValue), \(producers) producers"
        let rate = Double(load.count) / load.seconds
        print(name, rate / Double(steps), "\(kind.rawValue)/s")
        if steps > 1 { print("\(name): mutations", rate, "1/s") }
        print("\(name): on disk", load.bytes / Double(load.count), "bytes/mutation")
        print("\(name): syncs", load.syncs / load.seconds, "1/s")
        print("\(name): latency p50", load.latencies.percentile(50), "ms")
        print("\(name): latency p99", load.latencies.percentile(99), "ms")
        try await engine.remove()
    }

    private func open(
        _ count: Int, _ script: MutationScript, on engine: BenchEngine
    ) async throws -> [StreamDescriptor] {
        let streams = try (0..<count).map { try script.descriptor($0) }
        for start in stride(from: 0, to: count, by: 4096) {
            let part = streams[start..<min(start + 4096, count)]
            try await engine.submit(part.map { engine.registration($0) })
        }
        return streams
    }
}
