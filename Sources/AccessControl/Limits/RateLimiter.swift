import Platform
import ServiceConfiguration
import Synchronization

/// Keeps everybody to a share: by caller, by project and by stream.
///
/// One short lock for each request or bundle, whatever it holds, and none without limits.
package final class RateLimiter: Sendable {
    /// Buckets that are kept; full ones are as good as none and go first.
    fileprivate static let bucketLimit = 100_000

    /// Something to be paid.
    package struct Charge: Hashable, Sendable {
        package let scope: LimitScope
        package let resource: LimitedResource
        package let amount: Int64

        package init(_ scope: LimitScope, _ resource: LimitedResource, _ amount: Int64) {
            self.scope = scope
            self.resource = resource
            self.amount = amount
        }
    }

    fileprivate struct Key: Hashable {
        let scope: LimitScope
        let resource: LimitedResource
    }

    fileprivate struct State {
        var settings: LimitSettings
        var buckets: [Key: TokenBucket] = [:]
        var openTails: [LimitScope: Int] = [:]
    }

    private let state: Lock<State>
    private let isUnlimited: Atomic<Bool>
    private let clock: any Clock
    private let onRefusal: @Sendable (LimitExceeded) -> Void

    /// - Parameter onRefusal: told of each, to count it.
    package init(
        _ settings: LimitSettings, clock: any Clock,
        onRefusal: @escaping @Sendable (LimitExceeded) -> Void = { _ in }
    ) {
        state = Lock(State(settings: settings))
        isUnlimited = Atomic(settings == LimitSettings())
        self.clock = clock
        self.onRefusal = onRefusal
    }

    /// From now on other limits hold; all buckets are full again.
    package func use(_ settings: LimitSettings) {
        state.withLock { state in
            guard settings != state.settings else { return }
            state.settings = settings
            state.buckets = [:]
        }
        isUnlimited.store(settings == LimitSettings(), ordering: .releasing)
    }

    /// Pays all charges, or none if one of them is too much just now.
    ///
    /// - Parameter charges: worked out only if there are limits.
    package func pay(_ charges: @autoclosure () -> [Charge]) throws(LimitExceeded) {
        guard !isUnlimited.load(ordering: .acquiring) else { return }
        let charges = charges()
        let now = clock.monotonic()
        let refusal: LimitExceeded? = state.withLock { state in
            for charge in charges {
                guard let rate = state.rate(of: charge) else { continue }
                let key = Key(scope: charge.scope, resource: charge.resource)
                let wait = state.buckets[key, default: TokenBucket(rate, at: now)]
                    .wait(for: charge.amount, at: now)
                if let wait {
                    return LimitExceeded(charge.scope, charge.resource, rate, retryAfter: wait)
                }
            }
            state.pay(charges, at: now)
            return nil
        }
        guard let refusal else { return }
        onRefusal(refusal)
        throw refusal
    }

    /// Takes what has been used already; a debt refuses what comes next.
    package func debit(_ charges: [Charge]) {
        guard !isUnlimited.load(ordering: .acquiring) else { return }
        let now = clock.monotonic()
        state.withLock { $0.pay(charges, at: now) }
    }

    /// Shares that are not full just now, and some that are.
    var bucketCount: Int { state.withLock { $0.buckets.count } }

    /// A place among those who follow logs; free again when it goes.
    package func openTail(_ scopes: [LimitScope]) throws(LimitExceeded) -> TailPlace {
        let refusal: LimitExceeded? = state.withLock { state in
            for scope in scopes {
                guard let limit = state.settings.rates(of: scope).openTails,
                    state.openTails[scope] ?? 0 >= limit
                else { continue }
                return LimitExceeded(scope, openTails: limit)
            }
            for scope in scopes { state.openTails[scope, default: 0] += 1 }
            return nil
        }
        if let refusal {
            onRefusal(refusal)
            throw refusal
        }
        return TailPlace(self, scopes)
    }

    fileprivate func closeTail(_ scopes: [LimitScope]) {
        state.withLock { state in
            for scope in scopes {
                let left = (state.openTails[scope] ?? 1) - 1
                state.openTails[scope] = left > 0 ? left : nil
            }
        }
    }
}

/// Somebody follows a log.
package final class TailPlace: Sendable {
    private let limiter: RateLimiter
    private let scopes: [LimitScope]

    fileprivate init(_ limiter: RateLimiter, _ scopes: [LimitScope]) {
        self.limiter = limiter
        self.scopes = scopes
    }

    deinit { limiter.closeTail(scopes) }
}

extension RateLimiter.State {
    fileprivate func rate(of charge: RateLimiter.Charge) -> Rate? {
        settings.rates(of: charge.scope).rates[charge.resource]
    }

    fileprivate mutating func pay(_ charges: [RateLimiter.Charge], at now: Duration) {
        for charge in charges {
            guard let rate = rate(of: charge) else { continue }
            let key = RateLimiter.Key(scope: charge.scope, resource: charge.resource)
            buckets[key, default: TokenBucket(rate, at: now)].pay(charge.amount, at: now)
        }
        guard buckets.count > RateLimiter.bucketLimit else { return }
        for key in Array(buckets.keys) where buckets[key]?.isFull(at: now) == true {
            buckets[key] = nil
        }
        // Nobody can be told apart any more: rather forgive all than grow.
        if buckets.count > RateLimiter.bucketLimit { buckets = [:] }
    }
}

extension LimitSettings {
    /// The rates of its own, or those of its kind.
    fileprivate func rates(of scope: LimitScope) -> RateSettings {
        switch scope {
        case .identity(let name): identities[name ?? "anonymous:anonymous"] ?? eachIdentity
        case .project(let name): projects[name] ?? eachProject
        case .stream: eachStream
        }
    }
}
