import Coordinator
import LogDogModel
import RPCStatus
import ReadModels
import Tumble

// Refusals and failures as callers are told of them: the one place where they get their codes.

extension RPCError {
    init(_ failure: SubmitFailure<Rejection>) {
        switch failure {
        case .rejected(let rejection): self = rejection.status
        case .busy(let limit):
            self.init(.unavailable, "\(limit) changes are waiting already; try again")
        case .readOnly(let reason): self.init(.resourceExhausted, "read-only: \(reason)")
        case .tooLarge(let limit):
            self.init(.invalidArgument, "the change exceeds the limit of \(limit) bytes")
        case .unreadable(let reason):
            self.init(.unavailable, "the catalog does not answer: \(reason)")
        case .stopped: self.init(.unavailable, "the server is going down")
        // A failing store is `internal` (`spec/rpc.md §1`), which clients repeat as well.
        case .failed: self.init(.internal, "the disk failed: the server takes no changes")
        case .unknown:
            self.init(.internal, "the disk failed: whether this was done is not known")
        }
    }

    /// What a caller is told of a read that failed.
    package init(_ error: ReadError) {
        switch error {
        case .unknownStream: self.init(.notFound, "no such stream")
        case .dataLoss(let loss):
            self.init(
                .dataLoss,
                "entries \(loss.entries.lowerBound) to \(loss.entries.upperBound) are damaged: "
                    + loss.reason)
        case .journal(let reason): self.init(.internal, reason)
        case .archiveLost(_, let reason): self.init(.dataLoss, "the archive is lost: \(reason)")
        case .archiveUnavailable(let reason):
            self.init(.internal, "the archive cannot be read now: \(reason)")
        case .catalogBehind(let reached, let wanted):
            self.init(
                .unavailable, "the catalog is at record \(reached), not yet at \(wanted)")
        case .late: self.init(.deadlineExceeded, "the search took longer than its deadline")
        case .catalog(let error): self.init(.internal, "\(error)")
        case .busy(let limit):
            self.init(.unavailable, "\(limit) reads are waiting already; try again")
        case .stopped: self.init(.unavailable, "the server is going down")
        }
    }
}

extension Rejection {
    var status: RPCError {
        switch self {
        case .prefixAlreadyExists: RPCError(.alreadyExists, "the prefix is registered already")
        case .badNonceLength(let length):
            RPCError(.invalidArgument, "op_nonce has \(length) bytes, not 0 or 32")
        case .prefixNotRegistered:
            RPCError(.failedPrecondition, "the prefix is not registered")
        case .prefixNotFound: RPCError(.notFound, "no such prefix")
        case .prefixExpired: RPCError(.failedPrecondition, "the prefix has expired")
        case .prefixHeld: RPCError(.failedPrecondition, "the prefix is on legal hold")
        case .retentionPaused: RPCError(.failedPrecondition, "retention is paused")
        case .secretMismatch: RPCError(.invalidArgument, "invalid secret")
        case .unrecognizedProtoVersion(let version):
            RPCError(.invalidArgument, "unrecognized protobuf version \(version.prefix(20))")
        case .streamNotFound: RPCError(.notFound, "the log stream does not exist")
        case .terminatedElsewhere(let index?):
            RPCError(.failedPrecondition, "the stream is terminated at index \(index) already")
        case .terminatedElsewhere(nil):
            RPCError(.failedPrecondition, "the stream is archived already, without entries")
        case .archivalNotTasked:
            RPCError(.failedPrecondition, "no archival of the stream has come due")
        case .archiveOutdated:
            RPCError(.failedPrecondition, "entries have come since the archive was written")
        case .leaseOutOfRange(let longest):
            RPCError(
                .invalidArgument,
                "lease_time is above 0 and at most \(longest.components.seconds) seconds")
        case .negativeTerminalIndex: RPCError(.invalidArgument, "negative terminal index")
        case .indexOutOfRange: RPCError(.invalidArgument, "an index is out of range")
        case .configurationTooLong(let limit):
            RPCError(.invalidArgument, "the configuration exceeds \(limit) bytes")
        case .tooManyIntervals(let limit):
            RPCError(
                .resourceExhausted,
                "the stream has \(limit) holes already; send what fills them first")
        }
    }
}
