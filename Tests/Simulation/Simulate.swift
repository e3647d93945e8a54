import ArgumentParser
import Foundation
import Platform
import TestSupport

/// The program: runs of the whole engine unless another thing is asked for.
@main
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logdog-simulate",
        abstract: "Torment the engine in ways that can be repeated.",
        subcommands: [Simulate.self, Exhaust.self, ListFaults.self],
        defaultSubcommand: Simulate.self)
}

/// Names the faults that can be put into the engine on purpose.
struct ListFaults: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "List the deliberate faults, one a line.")

    static var all: [String] {
        DeliberateFault.allCases.map(\.rawValue) + DiskFault.allCases.map(\.rawValue)
    }

    func run() { for fault in Self.all { print(fault) } }
}

/// Runs seeded lives of the whole engine on a disk that loses power, fails, fills up and rots.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Seeded simulation of the engine with crashes and disk faults.",
        discussion: """
            The same seed gives the same run on every machine; its trace is a digest of all that \
            happened. Exits 1 and names the seed and the step if anything acknowledged is lost, \
            anything appears that nobody sent, anything is served with wrong bytes, or a state \
            does not come back the same.
            """)

    @Option(help: "This seed alone.")
    var seed: UInt64?

    @Option(help: "These seeds, as FIRST..LAST.")
    var seeds: SeedRange = SeedRange(seeds: 1...100)

    @Option(help: "Steps of a run, from 1 on.")
    var steps = 300

    @Option(help: "Crash images to look at before a change of the disk, on average.")
    var images = 0.5

    @Option(help: "How many seeds run at once.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "A deliberate fault, to see that it is found; needs a debug build.")
    var fault: String?

    @Option(help: "Fail if fewer crash images than this were explored.")
    var imagesWanted = 0

    @Flag(help: "Begin no seed after one that failed.")
    var stopAtFailure = false

    @Flag(help: "One JSON object a seed.")
    var json = false

    func validate() throws {
        guard steps > 0 else { throw ValidationError("--steps must be 1 or more") }
        guard images >= 0, images <= 1000 else {
            throw ValidationError("--images must be from 0 to 1000")
        }
        if let fault, !ListFaults.all.contains(fault) {
            throw ValidationError("--fault must be one of \(ListFaults.all)")
        }
        guard jobs > 0 else { throw ValidationError("--jobs must be 1 or more") }
    }

    func run() throws {
        // Read where a fault is first asked for, which is later.
        if let fault { setenv("LOGDOG_FAULT", fault, 1) }
        let range = seed.map { $0...$0 } ?? seeds.seeds
        let results = Lock((total: SimulationSummary(), failures: 0, next: range.lowerBound))
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            while let seed = take(from: results, range) { simulate(seed, results) }
        }
        let (total, failures, _) = results.withLock { $0 }
        if !json { print("\(range.count) seeds, \(failures) failed: \(total)") }
        if total.images < imagesWanted, failures == 0 {
            print("\(total.images) crash images are fewer than \(imagesWanted)")
            throw ExitCode(1)
        }
        if failures > 0 { throw ExitCode(1) }
    }

    private typealias Results = Lock<(total: SimulationSummary, failures: Int, next: UInt64)>

    private func take(from results: Results, _ range: ClosedRange<UInt64>) -> UInt64? {
        results.withLock { results in
            guard results.next <= range.upperBound, results.next != .max else { return nil }
            if stopAtFailure, results.failures > 0 { return nil }
            defer { results.next += 1 }
            return results.next
        }
    }

    private func simulate(_ seed: UInt64, _ results: Results) {
        do throws(SimulationFailure) {
            var simulation = try Simulation(seed: seed, imagesPerChange: images)
            try simulation.run(steps: steps)
            let summary = simulation.summary
            results.withLock { $0.total.add(summary) }
            if json { print(summary.json(seed: seed)) }
        } catch {
            results.withLock { $0.failures += 1 }
            let again = "logdog-simulate --seed \(seed) --steps \(steps) --images \(images)"
            print(json ? error.json(seed: seed) : "seed \(seed): \(error)\n    again: \(again)")
        }
    }
}

/// Seeds as they are written on the command line: `7..200`, or a single number.
struct SeedRange: ExpressibleByArgument {
    let seeds: ClosedRange<UInt64>

    init(seeds: ClosedRange<UInt64>) { self.seeds = seeds }

    init?(argument: String) {
        let ends = argument.split(separator: "..", omittingEmptySubsequences: false).map {
            UInt64($0)
        }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
            first <= last
        else { return nil }
        seeds = first...last
    }

    var defaultValueDescription: String { "\(seeds.lowerBound)..\(seeds.upperBound)" }
}
