import ByteCoding
import Journal
import Platform
import Tumble

/// A toy: named counters that are added to, and that expire when nobody adds for a while.
struct CounterMachine: Machine {
    struct State: Sendable {
        var counters: [String: Int] = [:]
        /// The last record that changed each; only of those that may leave memory.
        var changed: [String: RecordNumber] = [:]
        var expirations = 0
        var digest = StateDigest()
    }

    enum Mutation: Sendable {
        case add(String, Int)
        /// Refused below zero.
        case subtract(String, Int)
        /// Two events and a deadline at once.
        case transfer(from: String, to: String, Int)
        case expire(String)
        case cancelExpiry(String)
        case nothing
        /// An effect, done outside.
        case announce(String)
    }

    enum Effect: Sendable {
        case announce(String)
    }

    enum Event: Sendable {
        case changed(String, by: Int)
        case expired(String)
    }

    enum Rejection: Error, Equatable {
        case overdrawn(String)
        case unknown(String)
    }

    typealias Reply = Int

    static let lifetime = Duration.seconds(60)

    func initialState() -> State { State() }

    func decide(
        _ mutation: Mutation, in state: State, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CounterMachine> {
        switch mutation {
        case .add(let name, let amount):
            return Decision(
                events: [.changed(name, by: amount)], schedule: [expiry(of: name, now)],
                reply: (state.counters[name] ?? 0) + amount)
        case .subtract(let name, let amount):
            let value = state.counters[name] ?? 0
            guard value >= amount else { throw .overdrawn(name) }
            return Decision(events: [.changed(name, by: -amount)], reply: value - amount)
        case .transfer(let from, let to, let amount):
            guard let value = state.counters[from], value >= amount else { throw .overdrawn(from) }
            return Decision(
                events: [.changed(from, by: -amount), .changed(to, by: amount)],
                schedule: [expiry(of: to, now)], reply: value - amount)
        case .expire(let name):
            guard state.counters[name] != nil else { throw .unknown(name) }
            return Decision(events: [.expired(name)], reply: 0)
        case .cancelExpiry(let name):
            return Decision(cancel: [MutationName(rawValue: name)], reply: 0)
        case .nothing: return Decision(reply: -1)
        case .announce(let name):
            return Decision(
                events: [.changed(name, by: 0)], effects: [.announce(name)],
                reply: state.counters[name] ?? 0)
        }
    }

    private func expiry(of name: String, _ now: Timestamp) -> ScheduledMutation<CounterMachine> {
        ScheduledMutation(
            mutation: .expire(name),
            root: MutationRoot(rawValue: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }),
            name: MutationName(rawValue: name), due: now.adding(Self.lifetime))
    }

    func apply(_ event: Event, numbered: RecordNumber, to state: inout State) throws(Misfit) {
        switch event {
        case .changed(let name, let amount):
            if let old = state.counters[name] { state.digest.remove(Array("\(name)=\(old)".utf8)) }
            let value = (state.counters[name] ?? 0) + amount
            state.counters[name] = value
            if Self.mayLeave(name) { state.changed[name] = numbered }
            state.digest.add(Array("\(name)=\(value)".utf8))
        case .expired(let name):
            guard let old = state.counters.removeValue(forKey: name) else {
                throw Misfit("what expires is there")
            }
            state.changed[name] = nil
            state.digest.remove(Array("\(name)=\(old)".utf8))
            state.expirations += 1
        }
    }

    func restore(_ run: Run, in state: inout State) {}
    func run(of event: Event) -> Run? { nil }
    func run(of record: Record) -> Run? { nil }

    func encode(
        _ event: Event, into bytes: inout [UInt8]
    ) -> (kind: RecordKind, version: UInt8, form: RecordForm) {
        switch event {
        case .changed(let name, let amount):
            bytes.appendLengthPrefixed(name)
            bytes.appendZigZag(Int64(amount))
            return (RecordKind(rawValue: 32), 1, .plain)
        case .expired(let name):
            bytes.appendLengthPrefixed(name)
            return (RecordKind(rawValue: 33), 1, .plain)
        }
    }

    func decode(_ record: Record) throws(Misfit) -> Event {
        var reader = ByteReader(record.payload)
        do throws(ByteError) {
            let name = try reader.text()
            return record.kind.rawValue == 32
                ? .changed(name, by: Int(try reader.zigZag())) : .expired(name)
        } catch {
            throw Misfit("\(error)")
        }
    }

    func encode(_ mutation: Mutation, into bytes: inout [UInt8]) {
        if case .expire(let name) = mutation { bytes += name.utf8 }
    }

    func decodeMutation(_ bytes: ArraySlice<UInt8>) throws(Misfit) -> Mutation {
        .expire(String(decoding: bytes, as: UTF8.self))
    }

    /// Those of counters that are said to be precious.
    func isDestructive(_ mutation: Mutation) -> Bool {
        if case .expire(let name) = mutation { return name.hasPrefix("precious") }
        return false
    }

    func digest(of state: State) -> StateDigest { state.digest }
}

/// Remembers everything that was published, in order.
final class Published: CommitObserver {
    typealias M = CounterMachine

    private let commits = Lock<[DurableCommit<CounterMachine>]>([])

    func publish(_ commit: DurableCommit<CounterMachine>) { commits.withLock { $0.append(commit) } }

    var all: [DurableCommit<CounterMachine>] { commits.withLock { $0 } }

    /// The state that the published events lead to.
    func state() throws -> CounterMachine.State { try Self.state(after: all) }

    /// The state that the events of `commits` lead to.
    static func state(
        after commits: [DurableCommit<CounterMachine>]
    ) throws -> CounterMachine.State {
        let machine = CounterMachine()
        var state = machine.initialState()
        for commit in commits {
            for (number, event) in commit.events {
                try machine.apply(event, numbered: number, to: &state)
            }
        }
        return state
    }
}
