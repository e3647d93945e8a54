import Journal
import Platform

/// What a commit did, once it is durable.
public struct DurableCommit<M: Machine>: Sendable {
    public let first: RecordNumber
    public let last: RecordNumber
    /// When it was decided.
    public let time: Timestamp
    public internal(set) var events: [(number: RecordNumber, event: M.Event)]
    public internal(set) var processor: [ProcessorEvent<M>]
    /// Where the items of its events are.
    public package(set) var runs: [RunLocation]

    public init(
        first: RecordNumber, last: RecordNumber, time: Timestamp,
        events: [(number: RecordNumber, event: M.Event)], processor: [ProcessorEvent<M>],
        runs: [RunLocation]
    ) {
        self.first = first
        self.last = last
        self.time = time
        self.events = events
        self.processor = processor
        self.runs = runs
    }
}

/// Is told of every durable commit, in order, before the callers are: read models.
public protocol CommitObserver<M>: Sendable {
    associatedtype M: Machine

    /// Also called for what is replayed at a start, a block or more at a time. Never by two
    /// threads at once.
    func publish(_ commit: DurableCommit<M>)
}

/// A mutation that waits, as a snapshot holds it.
public struct PendingMutation<M: Machine>: Sendable {
    /// The number of the record that scheduled it.
    public var id: RecordNumber
    public var scheduled: ScheduledMutation<M>
    public var attempts: Int

    public init(id: RecordNumber, scheduled: ScheduledMutation<M>, attempts: Int) {
        self.id = id
        self.scheduled = scheduled
        self.attempts = attempts
    }
}

/// A state to go on from: everything up to record `reached`.
public struct Snapshot<M: Machine> {
    public var state: M.State
    public var reached: RecordNumber
    /// The processor's time there.
    public var time: Timestamp
    public var pending: [PendingMutation<M>]

    public init(
        state: M.State, reached: RecordNumber, time: Timestamp, pending: [PendingMutation<M>]
    ) {
        self.state = state
        self.reached = reached
        self.time = time
        self.pending = pending
    }

    /// The state of an empty journal.
    public static func initial(_ machine: M) -> Snapshot {
        Snapshot(state: machine.initialState(), reached: .none, time: .zero, pending: [])
    }
}

extension Snapshot: Sendable where M.State: Sendable {}
