import Journal

/// What the rewriting of the journal is doing, for operators.
package struct RewritingStatus: Hashable, Sendable {
    /// What it is at.
    package enum Activity: Hashable, Sendable {
        case waiting
        /// Looking for what is worth it.
        case looking
        /// Rewriting these segments; so many inflated bytes of them are done.
        case rewriting([RecordNumber], inflatedBytes: Int)
        case paused
        case stopped
    }

    package var activity = Activity.waiting
    package var rewritings = 0
    /// Segments that are no more, since what was left of them is in another one.
    package var merged = 0
    /// Records that were left out.
    package var leftOut: UInt64 = 0
    /// Of files, before and after, all in all.
    package var bytesBefore = 0
    package var bytesAfter = 0
    /// Why the last one failed; nil if it did not. It is tried again with the next look.
    package var lastFailure: JournalError?
    /// Looks that have come to their end.
    package var looks = 0

    mutating func note(_ outcome: RewriteOutcome) {
        rewritings += 1
        merged += outcome.merged.count
        leftOut += outcome.leftOut
        bytesBefore += outcome.bytesBefore
        bytesAfter += outcome.bytesAfter
        lastFailure = nil
    }
}
