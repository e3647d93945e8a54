import AccessControl
import Coordinator
import RPCStatus
import ReadModels

// What calls cost. Shares of projects that are not there are nobody's.
extension ServiceContext {
    /// Pays for a request of a caller, before anything is done for it.
    package func payRequest(_ caller: Caller) throws(RPCError) {
        try pay([RateLimiter.Charge(caller.limitScope, .requests, 1)])
    }

    /// Pays for what a bundle writes: all of it or nothing.
    ///
    /// - Parameter deliveries: looked at only if there are limits.
    func payEntries(
        _ deliveries: @autoclosure () -> [DeliverEntries], in project: String, _ caller: Caller
    ) throws(RPCError) {
        try pay(Self.charges(for: deliveries(), in: project, caller))
    }

    /// Runs a read and takes what it returned from the shares; who is in debt waits first.
    package func payingBytes(
        of project: String, _ caller: Caller,
        _ body: () async throws(RPCError) -> GetReply
    ) async throws(RPCError) -> GetReply {
        let scopes = scopes(of: project, caller)
        try pay(scopes.map { .init($0, .bytes, 0) })
        let reply = try await body()
        let bytes = reply.entries.reduce(0) { $0 + Int64($1.count) }
        limiter.debit(scopes.map { .init($0, .bytes, bytes) })
        return reply
    }

    /// Runs a query and takes its time from the shares; who is in debt waits first.
    package func payingQueryTime<Reply>(
        of project: String, _ caller: Caller,
        _ body: () async throws(RPCError) -> Reply
    ) async throws(RPCError) -> Reply {
        let scopes = scopes(of: project, caller)
        try pay(scopes.map { .init($0, .queryMilliseconds, 0) })
        let start = clock.monotonic()
        defer {
            let (seconds, attoseconds) = (clock.monotonic() - start).components
            let time = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
            limiter.debit(scopes.map { .init($0, .queryMilliseconds, time) })
        }
        return try await body()
    }

    /// A place among those who follow logs of a project.
    package func openTail(of project: String, _ caller: Caller) throws(RPCError) -> TailPlace {
        do throws(LimitExceeded) {
            return try limiter.openTail(scopes(of: project, caller))
        } catch {
            throw error.status
        }
    }

    func pay(_ charges: @autoclosure () -> [RateLimiter.Charge]) throws(RPCError) {
        do throws(LimitExceeded) {
            try limiter.pay(charges())
        } catch {
            throw error.status
        }
    }

    private func scopes(of project: String, _ caller: Caller) -> [LimitScope] {
        authority.project(project) == nil
            ? [caller.limitScope] : [caller.limitScope, .project(project)]
    }

    private static func charges(
        for deliveries: [DeliverEntries], in project: String, _ caller: Caller
    ) -> [RateLimiter.Charge] {
        var charges: [RateLimiter.Charge] = []
        var entries: Int64 = 0
        var bytes: Int64 = 0
        for delivery in deliveries {
            let stream = LimitScope.stream(
                project: project, delivery.registration.descriptor.hash)
            let count = Int64(delivery.entries.count)
            let size = delivery.entries.reduce(0) { $0 + Int64($1.count) }
            charges.append(.init(stream, .entries, count))
            charges.append(.init(stream, .bytes, size))
            entries += count
            bytes += size
        }
        for scope in [caller.limitScope, .project(project)] {
            charges.append(.init(scope, .entries, entries))
            charges.append(.init(scope, .bytes, bytes))
        }
        return charges
    }
}
