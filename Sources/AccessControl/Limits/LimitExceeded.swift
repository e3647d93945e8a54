import RPCStatus
import ServiceConfiguration

/// Somebody wants more than a share.
package struct LimitExceeded: Error, Hashable, Sendable {
    package let scope: LimitScope
    /// What was counted, as metrics name it.
    package let resource: String
    /// The limit as people read it.
    let limit: String
    /// When it is worth trying again; at least so long.
    package let retryAfter: Duration

    init(_ scope: LimitScope, _ resource: LimitedResource, _ rate: Rate, retryAfter: Duration) {
        self.scope = scope
        self.resource = resource.rawValue
        limit = "\(rate.perSecond) \(resource.text) a second (\(rate.burst) at once)"
        self.retryAfter = retryAfter
    }

    init(_ scope: LimitScope, openTails: Int) {
        self.scope = scope
        resource = "open_tails"
        limit = "\(openTails) logs followed at once"
        retryAfter = .seconds(5)
    }

    package var status: RPCError {
        let tenths =
            (retryAfter.components.seconds * 10)
            + (retryAfter.components.attoseconds + 99_999_999_999_999_999) / 100_000_000_000_000_000
        return RPCError(
            .resourceExhausted,
            "the limit of \(limit) for \(scope.text) is reached; try again in "
                + "\(tenths / 10).\(tenths % 10) s",
            retryAfter: retryAfter)
    }
}

extension LimitedResource {
    fileprivate var text: String {
        self == .queryMilliseconds ? "milliseconds of queries" : rawValue
    }
}
