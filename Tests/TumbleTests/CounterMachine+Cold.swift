import Journal
import Platform
import Tumble

// Counters whose names say so leave memory whenever they may: each is a family.
extension CounterMachine {
    typealias Subject = String

    struct Family: Sendable {
        let name: String
        let value: Int
    }

    static func mayLeave(_ name: String) -> Bool { name.hasPrefix("cold") }

    func missing(for mutation: Mutation, in state: State) -> [String] {
        switch mutation {
        case .add(let name, _), .subtract(let name, _), .expire(let name), .announce(let name):
            missing([name], in: state)
        case .transfer(let from, let to, _): missing([from, to], in: state)
        case .cancelExpiry, .nothing: []
        }
    }

    func missing(for event: Event, in state: State) -> [String] {
        switch event {
        case .changed(let name, _), .expired(let name): missing([name], in: state)
        }
    }

    private func missing(_ names: [String], in state: State) -> [String] {
        names.filter { Self.mayLeave($0) && state.counters[$0] == nil }
    }

    func admit(_ family: Family, to state: inout State) {
        guard state.counters[family.name] == nil else { return }
        state.counters[family.name] = family.value
        state.changed[family.name] = RecordNumber.none
    }

    func evict(from state: inout State, _ sweep: Sweep) -> SweepOutcome {
        let ready = state.changed.filter { $0.value <= sweep.kept }.keys
        for name in ready {
            state.changed[name] = nil
            state.counters[name] = nil
        }
        return SweepOutcome(evicted: ready.count, found: 0, waiting: state.changed.count)
    }
}

/// Holds counters that left memory, and answers when a test lets it.
final class CounterStore: ColdStore {
    typealias M = CounterMachine

    private struct State {
        var counters: [String: Int] = [:]
        var kept = RecordNumber.none
        var isHeld = false
        var fails = false
        var asked: [String] = []
    }

    private let state = Monitor(State())

    /// Takes in what was published, as a catalog does that follows.
    func follow(_ published: Published) throws {
        let commits = published.all
        let counters = try Published.state(after: commits).counters
        let last = commits.last?.last ?? .none
        state.update { state in
            state.counters = counters
            state.kept = last
        }
    }

    /// While it is held, who asks waits.
    func hold(_ isHeld: Bool) { state.update { $0.isHeld = isHeld } }

    /// While it fails, nothing can be read.
    func fail(_ fails: Bool) { state.update { $0.fails = fails } }

    /// What was asked for, in order.
    var asked: [String] { state.look { $0.asked } }

    /// Blocks until somebody has asked for `name`.
    func waitUntilAsked(for name: String) { state.wait { $0.asked.contains(name) ? () : nil } }

    var kept: RecordNumber { state.look { $0.kept } }

    func family(of name: String) throws(ColdError) -> CounterMachine.Family? {
        state.update { $0.asked.append(name) }
        let answer = state.wait { state -> Result<Int?, ColdError>? in
            if state.isHeld { return nil }
            return state.fails ? .failure(ColdError("broken")) : .success(state.counters[name])
        }
        return try answer.get().map { CounterMachine.Family(name: name, value: $0) }
    }
}
