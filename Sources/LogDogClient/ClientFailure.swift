import RPCStatus

/// Why a client did not get what it asked for.
package enum ClientFailure: Error, CustomStringConvertible {
    /// No whole answer came: the server is not there, or went away.
    case unreachable(String)
    /// The server answered with an error.
    case refused(RPCError)
    /// The answer is not what the protocol says.
    case illFormed(String)
    /// The stream is archived without the entry of this index, so that it never comes; the next
    /// one that there is, if any.
    case missing(from: Int64, next: Int64?)

    package var description: String {
        switch self {
        case .unreachable(let text): "the server cannot be reached: \(text)"
        case .refused(let error): "refused: \(error.message) (\(error.code))"
        case .illFormed(let text): "the server's answer is ill-formed: \(text)"
        case .missing(let first, let next?):
            "entries \(first) to \(next - 1) never came: the stream is archived without them; "
                + "--index \(next) reads on behind them"
        case .missing(let first, nil):
            "the entries from \(first) on never came: the stream is archived without them"
        }
    }
}
