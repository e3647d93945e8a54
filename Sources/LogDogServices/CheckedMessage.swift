import Coordinator
import RPCStatus
import Tumble

/// A message of a Butler that was checked as far as that needs no state: what became of the parts of
/// it that ask nothing of the processor.
struct CheckedMessage: Sendable {
    typealias Result = Swift.Result<CoordinatorReply, SubmitFailure<Rejection>>

    /// Parts that are a mutation.
    private(set) var deliveries = 0
    /// Of those, which report an end that is refused although their entries are stored.
    private var refusedEnds: [Int] = []
    /// Of the other parts, and of the message as a whole.
    private var outcome = MessageOutcome()

    init() {}

    /// A message that is refused as a whole.
    init(dropped why: String, _ code: StatusCode = .invalidArgument) { outcome.drop(why, code) }

    mutating func deliver(endIsRefused: Bool) {
        if endIsRefused { refusedEnds.append(deliveries) }
        deliveries += 1
    }

    /// A part that brings nothing.
    mutating func pass() { outcome.accepted += 1 }

    /// A part that is refused for good.
    mutating func drop(_ error: RPCError) { outcome.drop(error.message, error.code) }

    /// Nothing of it is delivered just now.
    mutating func retry(_ error: RPCError) {
        deliveries = 0
        refusedEnds = []
        outcome.retry(error)
    }

    /// What became of the whole message, given what became of its mutations.
    func outcome(of results: ArraySlice<Result>) -> MessageOutcome {
        var outcome = outcome
        for (number, result) in results.enumerated() {
            outcome.count(result, endIsRefused: refusedEnds.contains(number))
        }
        return outcome
    }
}

extension MessageOutcome {
    fileprivate mutating func count(_ result: CheckedMessage.Result, endIsRefused: Bool) {
        switch result {
        // Too late, and no fault of the sender's: it is not to be sent again.
        case .success(.delivered(.dropped(.archived))), .success(.delivered(.dropped(.purged))):
            accepted += 1
        case .success(.delivered(.dropped(.secretMismatch))),
            .failure(.rejected(.prefixNotRegistered)), .failure(.rejected(.prefixExpired)):
            drop(BundleIngest.denied.message, BundleIngest.denied.code)
        case .success(.delivered(.dropped(let reason))): drop(reason.rawValue, .permissionDenied)
        case .success where endIsRefused:
            drop("the terminal index is out of range; the entries are stored")
        case .success: accepted += 1
        case .failure(let failure):
            let error = RPCError(failure)
            switch error.code {
            case .unavailable, .resourceExhausted, .internal, .unknown: retry(error)
            default: drop(error.message, error.code)
            }
        }
    }
}
