import Platform
import ServiceConfiguration

/// Checks the signed tokens of the configured issuers.
struct TokenVerifier: Sendable {
    private struct Known {
        let settings: IssuerSettings
        let keys: IssuerKeys
    }

    private let issuers: [String: Known]
    private let clock: any Clock

    /// Takes key sets that stand in files at once; those behind URLs come with `refresh`.
    init(
        _ issuers: [IssuerSettings], fetch: @escaping KeyFetch, clock: any Clock
    ) async throws(ConfigurationRefusal) {
        var known: [String: Known] = [:]
        var problems: [ConfigurationProblem] = []
        for settings in issuers {
            var keys: KeySet?
            if case .file(let name, let bytes) = settings.keys {
                do throws(KeySet.Unusable) {
                    keys = try await KeySet(bytes)
                } catch {
                    problems.append(
                        ConfigurationProblem(
                            file: "access.cfg", line: settings.line, reason: "\(name): \(error)"))
                }
            }
            known[settings.issuer] = Known(
                settings: settings,
                keys: IssuerKeys(settings, keys: keys, fetch: fetch, clock: clock))
        }
        guard problems.isEmpty else { throw ConfigurationRefusal(problems) }
        self.issuers = known
        self.clock = clock
    }

    /// Fetches keys that have become old; what went wrong, by issuer.
    func refresh() async -> [String] {
        var failures: [String] = []
        for known in issuers.values {
            if let failure = await known.keys.refresh() { failures.append(failure) }
        }
        return failures.sorted()
    }

    /// Whom a token stands for, and until when.
    func identity(
        of token: String
    ) async throws(TokenRefusal) -> (identity: String, until: Timestamp) {
        guard let parts = TokenParts(token) else { throw .unknown }
        guard let known = parts.issuer.flatMap({ issuers[$0] }) else { throw .unknownIssuer }
        let settings = known.settings
        guard settings.algorithms.contains(parts.head.alg), parts.head.crit == nil else {
            throw .algorithmNotAllowed
        }
        guard let id = parts.head.kid, let keys = await known.keys.set(with: id), keys.has(id)
        else { throw .noKey }
        let claims = try await keys.claims(
            of: token, signedBy: id, with: parts.head.alg)
        // Once more, now that it is believed.
        guard claims.texts["iss"] == settings.issuer else { throw .unknownIssuer }
        guard !settings.audiences.isDisjoint(with: claims.audiences) else { throw .wrongAudience }
        let until = try end(of: claims, settings)
        guard let name = claims.texts[settings.identityClaim], !name.isEmpty,
            name.utf8.count <= 512, name.unicodeScalars.allSatisfy({ $0.value > 0x20 }),
            settings.identityClaim != "email" || claims.isEmailVerified
        else { throw .nameless }
        return (settings.identityPrefix + name, until)
    }

    private func end(
        of claims: TokenClaims, _ settings: IssuerSettings
    ) throws(TokenRefusal) -> Timestamp {
        let now = clock.wall()
        guard let expires = claims.expires.flatMap(Self.time) else { throw .noExpiry }
        let end = expires.adding(settings.leeway)
        guard now < end else { throw .expired }
        if let claimed = claims.notBefore {
            guard let start = Self.time(claimed), now >= start.adding(.zero - settings.leeway)
            else { throw .notYet }
        }
        return end
    }

    /// Nil for what is no time in the next thousands of years.
    private static func time(_ seconds: Double) -> Timestamp? {
        guard seconds >= 0, seconds < 1e12 else { return nil }
        return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }
}
