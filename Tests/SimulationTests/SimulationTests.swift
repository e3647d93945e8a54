import Testing

@testable import logdog_simulate

/// A bounded part of what `logdog-simulate` explores.
@Suite struct SimulationTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `a run loses nothing that was acknowledged and invents nothing`(_ seed: UInt64) throws {
        var simulation = try Simulation(seed: seed, imagesPerChange: 0.02)
        try simulation.run(steps: 100)
        #expect(simulation.summary.acknowledged > 0)
    }

    @Test func `the same seed gives the same run`() throws {
        var first = try Simulation(seed: 7, imagesPerChange: 0.1)
        try first.run(steps: 120)
        var second = try Simulation(seed: 7, imagesPerChange: 0.1)
        try second.run(steps: 120)
        #expect(first.summary == second.summary)
        #expect(first.summary.crashes > 0)
    }

    @Test func `finished streams leave memory in the course of runs, and are found again`() throws {
        var cooled = 0
        var purges = 0
        for seed in 11...14 as ClosedRange<UInt64> {
            var simulation = try Simulation(seed: seed, imagesPerChange: 0.01)
            try simulation.run(steps: 200)
            cooled += simulation.summary.cooled
            purges += simulation.summary.purges
        }
        #expect(cooled > 0)
        #expect(purges > 0)
    }
}
