import ArgumentParser
import Journal
import Platform
import Tumble

/// A million pending deadlines: what one costs to hold, to insert, to cancel and to fire.
struct Timers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Deadlines: 1,000,000 pending in the queue that the processor fires from.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Pending deadlines.")
    var deadlines = 1_000_000

    func run() async throws {
        var queue = DeadlineQueue()
        var seed = output.seed
        let dues = (0..<deadlines).map { _ in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Timestamp(microseconds: Int64(seed >> 24))
        }
        var isPending = [Bool](repeating: true, count: deadlines + 1)
        let before = ProcessMemory.inUse()
        let insert = seconds {
            for (index, due) in dues.enumerated() {
                queue.insert(Self.id(index), due: due, highPriority: false, destroys: false)
            }
        }
        // What was there before is there still.
        withExtendedLifetime(dues) {
            print("memory", (ProcessMemory.inUse() - before) / Double(deadlines), "bytes each")
        }
        print("insert", insert / Double(deadlines) * 1e9, "ns")
        var live = deadlines
        // Half of them, as streams that are archived in time cancel their second deadline.
        let cancel = seconds {
            for index in stride(from: 0, to: deadlines, by: 2) {
                isPending[index] = false
                live -= 1
                queue.compact(live: live) { isPending[Int($0.rawValue) - 1] }
            }
        }
        print("cancel", cancel / Double(deadlines - live) * 1e9, "ns")
        var fired = 0
        let fire = seconds {
            let end = Timestamp(microseconds: .max)
            while queue.popDue(
                at: end, holdingDestruction: false, where: { isPending[Int($0.rawValue) - 1] })
                != nil
            {
                fired += 1
            }
        }
        precondition(fired == live, "what is pending fires, and nothing else")
        print("fire", fire / Double(fired) * 1e9, "ns")
    }

    private static func id(_ index: Int) -> RecordNumber {
        RecordNumber(rawValue: UInt64(index) + 1)
    }

    private func seconds(_ work: () -> Void) -> Double {
        let started = ContinuousClock.now
        work()
        return started.duration(to: .now).seconds
    }

    private func print(_ name: String, _ value: Double, _ unit: String) {
        Figure(bench: "timers", name: name, value: value, unit: unit).print(asJSON: output.json)
    }
}
