import Crypto
import Platform
import RPCStatus
import ServiceConfiguration

/// An authority that answers as a configuration says, until another one takes its place.
package final class ConfiguredAuthority: Authority {
    /// A longer header is refused unread.
    private static let headerLimit = 16 << 10

    /// A configuration made ready, and the tokens checked under it.
    ///
    /// Fully built before anybody sees it: a key set or a rule that is no good refuses the whole.
    package final class Prepared: Sendable {
        package let configuration: Configuration
        fileprivate let rules: AccessRules
        fileprivate let tokens: TokenTable
        fileprivate let verifier: TokenVerifier
        fileprivate let recent = Lock(RecentTokens())

        fileprivate init(_ configuration: Configuration, _ verifier: TokenVerifier) {
            self.configuration = configuration
            self.verifier = verifier
            rules = AccessRules(configuration.access)
            tokens = TokenTable(configuration.access.tokens)
        }
    }

    private let clock: any Clock
    private let fetch: KeyFetch
    private let inForce: Lock<Prepared>

    private init(_ first: Prepared, clock: any Clock, fetch: @escaping KeyFetch) {
        self.clock = clock
        self.fetch = fetch
        inForce = Lock(first)
    }

    /// - Parameter fetch: gets key sets from URLs; they are there after the first `refreshKeys`.
    package static func make(
        _ configuration: Configuration, clock: any Clock, fetch: @escaping KeyFetch
    ) async throws(ConfigurationRefusal) -> ConfiguredAuthority {
        let first = try await prepare(configuration, clock, fetch)
        return ConfiguredAuthority(first, clock: clock, fetch: fetch)
    }

    /// Makes another configuration ready without using it.
    package func prepare(
        _ configuration: Configuration
    ) async throws(ConfigurationRefusal) -> Prepared {
        try await Self.prepare(configuration, clock, fetch)
    }

    /// From now on answers as this one says.
    package func use(_ prepared: Prepared) { inForce.withLock { $0 = prepared } }

    package var configuration: Configuration { current.configuration }

    /// Fetches keys that have become old; returns what went wrong.
    package func refreshKeys() async -> [String] { await current.verifier.refresh() }

    private static func prepare(
        _ configuration: Configuration, _ clock: any Clock, _ fetch: @escaping KeyFetch
    ) async throws(ConfigurationRefusal) -> Prepared {
        let verifier = try await TokenVerifier(
            configuration.access.issuers, fetch: fetch, clock: clock)
        return Prepared(configuration, verifier)
    }

    private var current: Prepared { inForce.withLock { $0 } }

    package func identify(_ authorization: String?) async throws(RPCError) -> Caller {
        guard let authorization, !authorization.isEmpty else { return .anonymous }
        do throws(TokenRefusal) {
            return try await caller(of: try Self.token(in: authorization))
        } catch {
            throw error.status
        }
    }

    private static func token(in header: String) throws(TokenRefusal) -> String {
        guard header.utf8.count <= headerLimit else { throw .unknown }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .notBearer }
        return String(parts[1])
    }

    private func caller(of token: String) async throws(TokenRefusal) -> Caller {
        let current = current
        if let identity = current.tokens.identity(of: token) { return Caller(identity: identity) }
        let now = clock.wall()
        let hash = SHA256.hash(data: Array(token.utf8))
        if let known = current.recent.withLock({ $0.caller(of: hash, at: now) }) { return known }
        let (identity, until) = try await current.verifier.identity(of: token)
        let caller = Caller(identity: identity)
        current.recent.withLock { $0.insert(caller, for: hash, until: until, now: now) }
        return caller
    }

    package func project(_ name: String) -> ProjectSettings? {
        current.configuration.projects[name]
    }
    package var service: ServiceSettings { current.configuration.service }
    package func isAllowed(
        _ permission: Permission, in realm: String, _ caller: Caller
    ) -> Bool { current.rules.isAllowed(permission, in: realm, caller) }
    package func isReader(of project: String, _ caller: Caller) -> Bool {
        current.rules.isReader(of: project, caller)
    }
    package func isWriter(of project: String, _ caller: Caller) -> Bool {
        current.rules.isWriter(of: project, caller)
    }
    package func isAdministrator(_ caller: Caller) -> Bool {
        current.rules.isAdministrator(caller)
    }
    package func isService(_ caller: Caller) -> Bool { current.rules.isService(caller) }
    package var isOpen: Bool { false }
}
