import ArgumentParser

/// Measures the engine against limits of the machine that are measured in the same run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logdog-bench",
        abstract: "Measure the engine; every figure comes with its ratio to a limit.",
        subcommands: [
            Mutations.self, Replay.self, Reads.self, Restart.self, Rewrite.self, Compare.self,
            Queries.self, Inspection.self, Fairness.self, Follow.self, Timers.self, Memory.self,
            Cold.self,
            LoadServer.self, Archives.self, Footprint.self, Deletion.self,
        ])
}

/// How figures are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: "The seed of the workload.")
    var seed: UInt64 = 1
}
