import LogDogModel
import Platform
import ServiceConfiguration
import TestSupport
import Testing

@testable import AccessControl

/// Shares of callers, projects and streams.
struct RateLimiterTests {
    private let clock = ManualClock()

    private static func settings(
        perSecond: Int64 = 10, burst: Int64 = 20, openTails: Int? = nil
    ) -> LimitSettings {
        var settings = LimitSettings()
        settings.eachProject.rates[.entries] = Rate(perSecond: perSecond, burst: burst)
        settings.eachProject.openTails = openTails
        return settings
    }

    private func limiter(_ settings: LimitSettings) -> RateLimiter {
        RateLimiter(settings, clock: clock)
    }

    private static func entries(
        _ count: Int64, of project: String = "p"
    ) -> [RateLimiter.Charge] { [.init(.project(project), .entries, count)] }

    @Test func `a burst passes, more is refused with the time until it would pass`() throws {
        let limiter = limiter(Self.settings())
        try limiter.pay(Self.entries(20))
        let refusal = #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(5)) }
        #expect(refusal?.retryAfter == .milliseconds(500))
        #expect(refusal?.status.code == .resourceExhausted)
        #expect(refusal?.status.retryAfter == .milliseconds(500))
        #expect(
            refusal?.status.message
                == "the limit of 10 entries a second (20 at once) for project p is reached; "
                + "try again in 0.5 s")
        clock.advance(by: .milliseconds(500))
        try limiter.pay(Self.entries(5))
        #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(1)) }
    }

    @Test func `one project's flood takes nothing from another`() throws {
        let limiter = limiter(Self.settings())
        try limiter.pay(Self.entries(20))
        #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(1)) }
        try limiter.pay(Self.entries(20, of: "q"))
    }

    @Test func `a single charge beyond the burst passes from a full bucket and leaves a debt`()
        throws
    {
        let limiter = limiter(Self.settings())
        try limiter.pay(Self.entries(120))
        let refusal = #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(1)) }
        #expect(refusal?.retryAfter == .seconds(10.1))
        clock.advance(by: .seconds(12))
        try limiter.pay(Self.entries(20))
    }

    @Test func `a refused charge takes nothing from the other shares`() throws {
        var settings = Self.settings()
        settings.eachIdentity.rates[.entries] = Rate(perSecond: 1, burst: 5)
        let limiter = limiter(settings)
        let scope = LimitScope.identity("user:a")
        try limiter.pay(Self.entries(20))
        #expect(throws: LimitExceeded.self) {
            try limiter.pay([.init(scope, .entries, 5)] + Self.entries(5))
        }
        try limiter.pay([.init(scope, .entries, 5)])
    }

    @Test func `names with rates of their own have those`() throws {
        var settings = Self.settings()
        settings.projects["big"] = RateSettings()
        let limiter = limiter(settings)
        for _ in 0..<100 { try limiter.pay(Self.entries(100, of: "big")) }
    }

    @Test func `places of followers come back`() throws {
        let limiter = limiter(Self.settings(openTails: 1))
        var place: TailPlace? = try limiter.openTail([.project("p")])
        #expect(throws: LimitExceeded.self) { try limiter.openTail([.project("p")]) }
        _ = try limiter.openTail([.project("q")])
        withExtendedLifetime(place) {}
        place = nil
        _ = try limiter.openTail([.project("p")])
    }

    @Test func `other limits hold from when they are given, and refusals are told`() throws {
        let told = Told()
        let limiter = RateLimiter(LimitSettings(), clock: clock) { told.add($0) }
        for _ in 0..<100 { try limiter.pay(Self.entries(1000)) }
        limiter.use(Self.settings())
        try limiter.pay(Self.entries(20))
        #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(1)) }
        #expect(told.resources == ["entries"])
        limiter.use(LimitSettings())
        try limiter.pay(Self.entries(1000))
    }

    @Test func `debts are taken without a refusal and stand in the way of what comes next`()
        throws
    {
        let limiter = limiter(Self.settings())
        limiter.debit(Self.entries(30))
        let refusal = #expect(throws: LimitExceeded.self) { try limiter.pay(Self.entries(0)) }
        #expect(refusal?.retryAfter == .seconds(1))
        clock.advance(by: .seconds(1))
        try limiter.pay(Self.entries(0))
    }

    @Test func `buckets of many streams do not pile up`() throws {
        var settings = LimitSettings()
        settings.eachStream.rates[.entries] = Rate(perSecond: 1, burst: 1)
        let limiter = limiter(settings)
        for number in 0..<100_010 {
            let stream = LimitScope.stream(
                project: "p\(number)", HashID.ofPrefix("x"))
            try limiter.pay([.init(stream, .entries, 1)])
        }
        #expect(limiter.bucketCount <= 100_000)
    }
}

/// What a limiter told.
private final class Told: Sendable {
    private let all = Lock<[String]>([])

    var resources: [String] { all.withLock { $0 } }
    func add(_ refusal: LimitExceeded) { all.withLock { $0.append(refusal.resource) } }
}
