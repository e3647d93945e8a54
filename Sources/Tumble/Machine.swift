import Journal
import Platform

/// The rules that a processor drives: what may happen, and what it does to the state.
///
/// Everything here is pure. `decide` sees a state and a time and returns events; `apply` sees a
/// state and an event. Same records in, same state out.
public protocol Machine: Sendable {
    associatedtype State
    associatedtype Mutation: Sendable
    associatedtype Event: Sendable
    /// Work to be done outside, such as writing a file; its outcome comes back as a mutation.
    associatedtype Effect: Sendable
    associatedtype Reply: Sendable
    /// What the caller asked for cannot be.
    associatedtype Rejection: Error, Equatable
    /// What finds a family that is not in memory; `Never` if all of the state always is.
    associatedtype Subject: Hashable, Sendable = Never
    /// Entities that leave memory, and come back to it, together.
    associatedtype Family: Sendable = Never

    func initialState() -> State

    /// Decides about a mutation.
    ///
    /// - Parameter next: the number that the first event of the decision will get, by which what
    ///   it registers is known from then on.
    func decide(
        _ mutation: Mutation, in state: State, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<Self>

    /// Brings `state` to where `event` leaves it; never looks at a clock.
    ///
    /// - Throws: if the event does not fit the state; the state is unchanged then.
    func apply(
        _ event: Event, numbered number: RecordNumber, to state: inout State
    ) throws(Misfit)

    /// What `mutation` reads and `state` does not hold in memory, or may not: to be looked for in a
    /// `ColdStore` before it is decided about.
    func missing(for mutation: Mutation, in state: State) -> [Subject]
    /// The same of what `event` changes.
    func missing(for event: Event, in state: State) -> [Subject]
    /// Puts a family back, as a `ColdStore` had it. Changes nothing if memory knows better: it is
    /// there already, or has left the state for good.
    func admit(_ family: Family, to state: inout State)
    /// Lets families go that are finished and that a `ColdStore` holds as they are. Neither this
    /// nor `admit` changes the digest or what is decided.
    func evict(from state: inout State, _ sweep: Sweep) -> SweepOutcome

    /// Takes back what a footer says a subject has received; idempotent and free of order. Only
    /// for what is in no digest.
    func restore(_ run: Run, in state: inout State)

    /// What an event holds of a subject, if it holds items.
    func run(of event: Event) -> Run?
    /// The same from a record's bytes, reading no more of them than it must.
    func run(of record: Record) -> Run?

    func encode(
        _ event: Event, into bytes: inout [UInt8]
    ) -> (kind: RecordKind, version: UInt8, form: RecordForm)
    func decode(_ record: Record) throws(Misfit) -> Event

    /// Only for mutations that are scheduled.
    func encode(_ mutation: Mutation, into bytes: inout [UInt8])
    func decodeMutation(_ bytes: ArraySlice<UInt8>) throws(Misfit) -> Mutation

    /// Whether firing it destroys data, so that it must not happen by a clock that jumped.
    func isDestructive(_ mutation: Mutation) -> Bool
    /// The order-free sum over all entities, kept up by `apply`; constant time.
    func digest(of state: State) -> StateDigest
    /// Of what `digest(of:)` sums up; journaled with every digest. A machine that counts more, or
    /// counts otherwise, has a higher one.
    var digestVersion: UInt8 { get }
    /// The sum that an earlier version of the program journaled for such a state; nil if it is not
    /// kept up any more, and cannot be compared.
    func digest(of state: State, version: UInt8) -> StateDigest?
}

extension Machine {
    public func isDestructive(_ mutation: Mutation) -> Bool { false }
    public var digestVersion: UInt8 { 1 }
    public func missing(for mutation: Mutation, in state: State) -> [Subject] { [] }
    public func missing(for event: Event, in state: State) -> [Subject] { [] }
    public func admit(_ family: Family, to state: inout State) {}
    public func evict(from state: inout State, _ sweep: Sweep) -> SweepOutcome { SweepOutcome() }
    public func digest(of state: State, version: UInt8) -> StateDigest? {
        version == digestVersion ? digest(of: state) : nil
    }
}

/// An event or record that does not fit where it stands.
///
/// After a fresh decision it is a defect; on replay the engine names the record and does not
/// start.
public struct Misfit: Error, Hashable, Sendable {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}

/// What a mutation is about; mutations of one root keep their order.
public struct MutationRoot: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The name of a pending mutation: a later one of the same name replaces it.
public struct MutationName: Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A mutation that waits for its time.
public struct ScheduledMutation<M: Machine>: Sendable {
    public var mutation: M.Mutation
    public var root: MutationRoot
    /// Nil: it cannot be replaced or cancelled.
    public var name: MutationName?
    /// When it may fire at the earliest.
    public var due: Timestamp
    /// Fires before others that are due.
    public var highPriority: Bool

    public init(
        mutation: M.Mutation, root: MutationRoot, name: MutationName?, due: Timestamp,
        highPriority: Bool = false
    ) {
        self.mutation = mutation
        self.root = root
        self.name = name
        self.due = due
        self.highPriority = highPriority
    }
}

/// What is decided about a mutation: all of it becomes durable together, or nothing.
public struct Decision<M: Machine>: Sendable {
    public var events: [M.Event]
    public var schedule: [ScheduledMutation<M>]
    /// Pending mutations that are no longer wanted; unknown names are ignored.
    public var cancel: [MutationName]
    /// Done outside once the decision is durable.
    public var effects: [M.Effect]
    public var reply: M.Reply

    public init(
        events: [M.Event] = [], schedule: [ScheduledMutation<M>] = [],
        cancel: [MutationName] = [], effects: [M.Effect] = [], reply: M.Reply
    ) {
        self.events = events
        self.schedule = schedule
        self.cancel = cancel
        self.effects = effects
        self.reply = reply
    }
}
