import Crypto
import Platform

/// Signed tokens that were checked a short while ago: a signature costs more than a call.
///
/// Kept by their hash. An entry holds for a minute at most, so that a key that was withdrawn is
/// believed no longer than that.
struct RecentTokens {
    private static let limit = 10_000
    private static let lifetime = Duration.seconds(60)

    private var callers: [SHA256.Digest: (caller: Caller, until: Timestamp)] = [:]

    func caller(of hash: SHA256.Digest, at now: Timestamp) -> Caller? {
        guard let known = callers[hash], now < known.until else { return nil }
        return known.caller
    }

    mutating func insert(
        _ caller: Caller, for hash: SHA256.Digest, until: Timestamp, now: Timestamp
    ) {
        if callers.count >= Self.limit {
            callers = callers.filter { now < $0.value.until }
            if callers.count >= Self.limit { callers.removeAll() }
        }
        callers[hash] = (caller, min(until, now.adding(Self.lifetime)))
    }
}
