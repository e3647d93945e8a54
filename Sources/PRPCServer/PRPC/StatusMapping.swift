import RPCStatus

extension StatusCode {
    /// The HTTP status of an answer with this code (`spec/prpc.md §6.1`).
    package var httpStatus: Int {
        switch self {
        case .ok: 200
        case .cancelled: 499
        case .unknown, .internal, .dataLoss: 500
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists, .aborted: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .unavailable: 503
        case .unauthenticated: 401
        }
    }

    /// What callers are told in place of the text of an error that concerns only us.
    var genericText: String {
        switch self {
        case .unknown: "Unknown server error"
        case .deadlineExceeded: "Request deadline exceeded"
        case .unimplemented: "API method not implemented by the server"
        case .internal: "Internal server error"
        case .unavailable: "Service unavailable"
        case .dataLoss: "Unrecoverable data loss or data corruption"
        default: "Server error"
        }
    }
}
