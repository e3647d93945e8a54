import Platform

/// Why a mutation is refused; mapped to status codes in one place, with the services.
package enum Rejection: Error, Hashable, Sendable {
    case prefixAlreadyExists
    /// Neither empty nor 32 bytes.
    case badNonceLength(Int)
    case prefixNotRegistered
    case prefixExpired
    case secretMismatch
    case unrecognizedProtoVersion(String)
    case streamNotFound
    case terminatedElsewhere(at: UInt64)
    case negativeTerminalIndex
    /// The stream has as many holes as it may; later, when some are filled, it may be taken.
    case tooManyIntervals(limit: Int)
}
