import Platform

/// Why a mutation is refused; mapped to status codes in one place, with the services.
package enum Rejection: Error, Hashable, Sendable {
    case prefixAlreadyExists
    /// Neither empty nor 32 bytes.
    case badNonceLength(Int)
    case prefixNotRegistered
    /// Of a deletion: there is none, or no longer.
    case prefixNotFound
    case prefixExpired
    /// It is on legal hold: nothing of it is removed.
    case prefixHeld
    /// Of an expiry: somebody lets retention stand still.
    case retentionPaused
    case secretMismatch
    case unrecognizedProtoVersion(String)
    case streamNotFound
    /// Nil: it is archived without entries.
    case terminatedElsewhere(at: UInt64?)
    case negativeTerminalIndex
    /// Of an entry or a termination: beyond what the wire's signed fields can hold.
    case indexOutOfRange
    /// No archival of the stream has come due.
    case archivalNotTasked
    /// Entries have come since an archive was written.
    case archiveOutdated
    /// Not above zero, or beyond the longest lease.
    case leaseOutOfRange(longest: Duration)
    /// The stream has as many holes as it may; later, when some are filled, it may be taken.
    case tooManyIntervals(limit: Int)
    /// In bytes, of its effective values.
    case configurationTooLong(limit: Int)
}
