import RPCStatus

/// Why a client did not get what it asked for.
package enum ClientFailure: Error, CustomStringConvertible {
    /// No whole answer came: the server is not there, or went away.
    case unreachable(String)
    /// The server answered with an error.
    case refused(RPCError)
    /// The answer is not what the protocol says.
    case illFormed(String)

    package var description: String {
        switch self {
        case .unreachable(let text): "the server cannot be reached: \(text)"
        case .refused(let error): "refused: \(error.message) (\(error.code))"
        case .illFormed(let text): "the server's answer is ill-formed: \(text)"
        }
    }
}
