import Journal
import Platform

/// Where the families of a machine are found that are not in memory: a read model that follows the
/// journal.
///
/// What is in memory goes before what it says. Of a family that is not, it must give the last
/// state: only what it holds up to its last event leaves memory (`Sweep.kept`).
public protocol ColdStore<M>: Sendable {
    associatedtype M: Machine

    /// The last record that is in it.
    var kept: RecordNumber { get }
    /// The family that has `subject`; nil if none has. Blocks while it reads.
    func family(of subject: M.Subject) throws(ColdError) -> M.Family?
}

/// Why a family could not be read: nothing is known of it.
public struct ColdError: Error, Hashable, Sendable {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}

/// One look for families that may leave memory.
public struct Sweep: Hashable, Sendable {
    /// Entities that one look goes through, so that nobody waits for it: about a millisecond.
    public static let defaultLimit = 4096

    /// What is finished is a matter of time.
    public var now: Timestamp
    /// The last record that was applied to the state.
    public var applied: RecordNumber
    /// The last record that is in the `ColdStore`.
    public var kept: RecordNumber
    /// For so long what is finished stays in memory all the same.
    public var grace: Duration
    public var limit: Int

    public init(
        now: Timestamp, applied: RecordNumber, kept: RecordNumber, grace: Duration,
        limit: Int = defaultLimit
    ) {
        self.now = now
        self.applied = applied
        self.kept = kept
        self.grace = grace
        self.limit = limit
    }
}

/// What came of a sweep, in families.
public struct SweepOutcome: Hashable, Sendable {
    /// Those that left memory.
    public var evicted = 0
    /// Those that were found finished, and leave with a later sweep.
    public var found = 0
    /// All that are finished and wait for the store, those found now among them.
    public var waiting = 0

    public init(evicted: Int = 0, found: Int = 0, waiting: Int = 0) {
        self.evicted = evicted
        self.found = found
        self.waiting = waiting
    }
}

/// When a runner looks for what may leave memory, and where it finds it again.
public struct ColdOptions<M: Machine>: Sendable {
    public var store: any ColdStore<M>
    /// For so long what is finished stays in memory.
    public var grace: Duration
    /// Between two looks, if nothing is about to leave.
    public var interval = Duration.seconds(10)
    /// Between two looks, as long as something is.
    public var busyInterval = Duration.milliseconds(50)
    /// Mutations that wait for what is not in memory before further such ones are refused as busy.
    public var waitingLimit = 4096

    public init(store: any ColdStore<M>, grace: Duration) {
        self.store = store
        self.grace = grace
    }
}
