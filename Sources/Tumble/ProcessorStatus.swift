import Journal
import Platform

/// What a processor is doing, for operators.
public struct ProcessorStatus: Sendable {
    /// Decided and applied.
    public var appended: RecordNumber
    /// On disk, as far as the sync policy promises.
    public var durable: RecordNumber
    /// Shown to readers.
    public var published: RecordNumber
    /// Mutations that wait for the writer.
    public var queued: Int
    /// Scheduled mutations that wait for their time.
    public var pending: Int
    public var refusals: RefusedMutations
    /// Of all entities and pending mutations, as of `appended`.
    public var digest: StateDigest
    /// Why clients are refused for want of disk space; nil if they are not.
    public var readOnlyReason: String?
    /// Why the writer has stopped for good; nil if it has not.
    public var failure: String?
    /// Whether deadlines that destroy data wait for an operator to accept the clock.
    public var holdsDestruction: Bool
    /// Records that did not fit after a reported loss, at the last start.
    public var misfitsAfterLoss: [RecordNumber]
    /// Effects that have failed so far and are tried again.
    public var stuckEffects: [StuckEffect]

    /// The invariant of the watermarks.
    func checkInvariants() {
        precondition(appended >= durable, "nothing is durable before it is decided")
        precondition(durable >= published, "nothing is shown before it is durable")
    }
}

/// An effect that is being tried again.
public struct StuckEffect: Hashable, Sendable {
    public let description: String
    public let attempts: Int
    public let lastError: String
}

/// Why a processor could not be brought up from its journal.
public enum RecoverError: Error {
    case journal(JournalError)
    /// The record does not fit the state before it, and nothing before it was lost: a defect of
    /// the program, or another program's journal.
    case misfit(RecordNumber, reason: String)
    /// What a record changes is not in memory and could not be read.
    case cold(ColdError)
    /// The snapshot is of a later record than the journal holds.
    case snapshotAhead(of: RecordNumber)
}
