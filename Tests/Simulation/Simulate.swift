import ArgumentParser
import Foundation

/// Runs seeded lives of journal and processor on a disk that loses power, fails and fills up.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logdog-simulate",
        abstract: "Seeded simulation of the engine with crashes and disk faults.",
        discussion: """
            The same seed gives the same run on every machine; its trace is a digest of all that \
            happened. Exits 1 and names the seed and the step if anything acknowledged is lost, \
            anything appears that nobody sent, or a state does not come back the same.
            """)

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds, counted from the first.")
    var seeds: UInt64 = 100

    @Option(help: "Steps of a run.")
    var steps = 300

    @Flag(help: "One JSON object a seed.")
    var json = false

    func run() throws {
        var total = SimulationSummary()
        for seed in seed..<seed + seeds {
            do throws(SimulationFailure) {
                var simulation = try Simulation(seed: seed)
                try simulation.run(steps: steps)
                total.add(simulation.summary)
                if json { print(simulation.summary.json(seed: seed)) }
            } catch {
                print("seed \(seed): \(error)")
                throw ExitCode(1)
            }
        }
        if !json { print("\(seeds) seeds: \(total)") }
    }
}
