import Journal
import LogDogModel
import Platform
import TestSupport
import Testing
import Tumble

@testable import Coordinator

struct CoordinatorStateTests {
    private let machine = CoordinatorMachine()

    @Test func `state from a catalog's rows is the state that the events led to`() throws {
        let history = try GoldenHistory.history.made()
        let streams = Array(history.state.streams.values)
        let rebuilt = CoordinatorState(
            prefixes: history.state.prefixes.values.reversed(), streams: streams.reversed(),
            tasks: history.state.tasks.all.reversed())
        #expect(rebuilt == history.state)
        #expect(rebuilt.digest == history.state.digest)
    }

    @Test func `what streams received is in no digest and comes back from runs in any order`()
        throws
    {
        let history = try GoldenHistory.history.made()
        var restored = CoordinatorState(
            prefixes: Array(history.state.prefixes.values),
            streams: history.state.streams.values.map { stream in
                var bare = stream
                bare.received = ReceivedRanges()
                return bare
            }, tasks: history.state.tasks.all)
        #expect(restored != history.state)
        #expect(restored.digest == history.state.digest)
        let runs = history.events.compactMap { machine.run(of: $0) }
        for run in runs.reversed() + runs { machine.restore(run, in: &restored) }
        #expect(restored == history.state)
    }

    @Test func `runs of streams that are not there are nobody's`() {
        var state = CoordinatorState()
        machine.restore(Run(subject: 9, first: 0, count: 3), in: &state)
        #expect(state == CoordinatorState())
    }

    @Test func `the digest tells each change of an entity`() throws {
        var history = try History.withPrefix()
        var digests: Set<StateDigest> = [StateDigest(), history.state.digest]
        try history.when(.registerStream(try History.registration()))
        digests.insert(history.state.digest)
        try history.when(.deliver(try History.part(count: 3)))
        digests.insert(history.state.digest)
        try history.when(.terminateStream(History.termination(at: 2)))
        digests.insert(history.state.digest)
        // The appended entries make none of their own.
        #expect(digests.count == 4)
    }

    @Test func `an event that does not fit is a misfit and changes nothing`() throws {
        let history = try GoldenHistory.history.made()
        let prefix = try #require(history.registeredPrefix)
        let stream = try #require(history.stream())
        let absent = StreamID(record: RecordNumber(rawValue: 999))
        let misfits: [(CoordinatorEvent, UInt64)] = [
            (.prefixRegistered(prefix), 1),
            (.prefixRegistered(prefix), 50),
            (.streamRegistered(stream), stream.id.record.rawValue),
            (.streamRegistered(stream), 50),
            (.entriesAppended(stream: absent, first: 0, entries: [], count: 1), 50),
            (.entriesAppended(stream: stream.id, first: .max, entries: [], count: 1), 50),
            (.streamTerminated(stream: absent, index: 0, at: history.now), 50),
            (.streamTerminated(stream: stream.id, index: 0, at: history.now), 50),
            (.archivalTasked(stream: absent, reason: .expired, at: history.now), 50),
        ]
        for (event, number) in misfits {
            var state = history.state
            #expect(throws: Misfit.self, "\(event)") {
                try machine.apply(event, numbered: RecordNumber(rawValue: number), to: &state)
            }
            #expect(state == history.state, "\(event)")
        }
    }

    @Test func `a stream cannot come before its prefix`() throws {
        let stream = try #require(try History.withStream().stream())
        var state = CoordinatorState()
        #expect(throws: Misfit.self) {
            try machine.apply(.streamRegistered(stream), numbered: stream.id.record, to: &state)
        }
    }

    /// Random histories on a few names: whatever is asked, what is journaled replays to the same.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `what is journaled replays to the same state`(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        var history = try History.withPrefix()
        for _ in 0..<60 {
            let mutation = try Self.mutation(&numbers)
            if history.refusal(of: mutation) == nil { try history.when(mutation) }
            history.wait(.seconds(Int.random(in: 0..<600, using: &numbers)))
            _ = try history.fireDue()
        }
        var replayed = CoordinatorState()
        for record in history.records {
            try machine.apply(machine.decode(record), numbered: record.number, to: &replayed)
        }
        #expect(replayed == history.state, "seed \(seed)")
    }

    private static func mutation(_ numbers: inout SeededNumbers) throws -> CoordinatorMutation {
        let name = ["a", "b", "c"].randomElement(using: &numbers) ?? "a"
        let end = Bool.random(using: &numbers) ? UInt64.random(in: 0..<3, using: &numbers) : nil
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: return .registerPrefix(try History.claim(prefix: name))
        case 1: return .registerStream(try History.registration(name: name, terminalIndex: end))
        case 2: return .terminateStream(History.termination(name: name, at: end ?? 1))
        default:
            return .deliver(
                try History.part(
                    name: name, first: .random(in: 0..<30, using: &numbers),
                    count: .random(in: 0..<6, using: &numbers), terminalIndex: end))
        }
    }
}
