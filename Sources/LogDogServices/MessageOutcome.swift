import RPCStatus

/// What became of one message of a Butler.
package struct MessageOutcome: Hashable, Sendable {
    /// Parts of the bundle that were taken.
    package var accepted = 0
    /// Parts that were refused for good; the whole message counts as one if it does not parse.
    package var dropped = 0
    /// Why, of the first that was dropped or is to be sent again.
    package var reason = ""
    /// The code of the first refusal.
    package var code = StatusCode.ok
    /// Whether the message should be sent again: what was taken of it is taken once more without
    /// harm.
    package var shouldRetry = false
    /// When it is worth sending again; nil where nothing is known of that.
    package var retryAfter: Duration?

    package init() {}

    /// The outcome of a message that is refused as a whole.
    package static func dropped(_ why: String) -> MessageOutcome {
        var outcome = MessageOutcome()
        outcome.drop(why)
        return outcome
    }

    mutating func drop(_ why: String, _ code: StatusCode = .invalidArgument) {
        dropped += 1
        note(why, code)
    }

    mutating func retry(_ error: RPCError) {
        shouldRetry = true
        if reason.isEmpty { retryAfter = error.retryAfter }
        note(error.message, error.code)
    }

    private mutating func note(_ why: String, _ code: StatusCode) {
        guard reason.isEmpty else { return }
        reason = why
        self.code = code
    }
}
