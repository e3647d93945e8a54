import Crypto
import Foundation
import Platform
import RPCStatus
import ServiceConfiguration
import TestSupport
import Testing

@testable import AccessControl

/// Who callers are, and what they may do.
struct ConfiguredAuthorityTests {
    private static let secret = "a-token-of-the-tests"
    private let clock = ManualClock()

    private static func access(_ more: String = "") -> String {
        let hash = SHA256.hash(data: Data(secret.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        return """
            groups { name: "admins" members: "user:root" }
            groups { name: "daemons" members: "service:*" nested: "admins" }
            tokens { identity: "service:collector" sha256: "\(hash)" }
            issuers {
              issuer: "https://ids.example" audiences: "logdog" jwks_file: "keys.json"
              leeway { seconds: 10 }
            }
            projects {
              project: "demo"
              realms {
                name: "ci"
                bindings { role: "role/logdog.reader" principals: "user:alice" }
                bindings { permissions: "logdog.logs.create" principals: "group:daemons" }
              }
              realms { name: "more" extends: "ci" }
              realms {
                name: "open" bindings { role: "role/logdog.reader" principals: "group:all" }
              }
              realms {
                name: "an"
                bindings { role: "role/logdog.reader" principals: "anonymous:anonymous" }
              }
            }
            \(more)
            """
    }

    private func authority(
        _ issuers: [SigningIssuer] = [SigningIssuer(keyID: "k1")], more: String = "",
        fetch: @escaping KeyFetch = { _ in [] }
    ) async throws -> ConfiguredAuthority {
        let directory = try ConfigurationDirectory([
            "services.cfg": """
            coordinator { admin_auth_group: "admins" service_auth_group: "daemons" }
            """,
            "access.cfg": Self.access(more), "keys.json": SigningIssuer.keySet(issuers),
            "projects/demo.cfg": "reader_auth_groups: \"all\" writer_auth_groups: \"admins\"",
        ])
        let configuration = try ConfigurationReader.read(directory.path, SystemFileSystem())
        return try await ConfiguredAuthority.make(configuration, clock: clock, fetch: fetch)
    }

    /// Claims that are good just now; `change` replaces some of them.
    private func claims(_ change: [String: Any] = [:]) throws -> String {
        let now = clock.wall().microseconds / 1_000_000
        var claims: [String: Any] = [
            "iss": "https://ids.example", "aud": ["other", "logdog"], "sub": "alice",
            "exp": now + 60, "nbf": now - 60,
        ]
        claims.merge(change) { _, new in new }
        claims = claims.filter { !($0.value is NSNull) }
        return String(
            decoding: try JSONSerialization.data(withJSONObject: claims), as: UTF8.self)
    }

    private static func refusal(
        of authorization: String, by authority: ConfiguredAuthority
    ) async -> String? {
        do throws(RPCError) {
            _ = try await authority.identify(authorization)
            return nil
        } catch {
            #expect(error.code == .unauthenticated)
            #expect(!authorization.contains(error.message))
            return error.message
        }
    }

    @Test func `without credentials one is anonymous, with a token whom it stands for`()
        async throws
    {
        let authority = try await authority()
        #expect(try await authority.identify(nil) == .anonymous)
        let caller = try await authority.identify("bearer \(Self.secret)")
        #expect(caller.identity == "service:collector")
        #expect(authority.isService(caller))
        #expect(!authority.isAdministrator(caller))
    }

    @Test func `credentials that are no good are refused, not taken for none`() async throws {
        let authority = try await authority()
        for bad in [
            "Bearer nonsense", "Bearer a.b.c", "Basic \(Self.secret)", "Bearer", Self.secret,
            "Bearer \(Self.secret)x", "Bearer " + String(repeating: "x", count: 20_000),
        ] {
            #expect(await Self.refusal(of: bad, by: authority) != nil, "\(bad.prefix(40))")
        }
    }

    @Test func `a signed token names its bearer`() async throws {
        let issuer = SigningIssuer(keyID: "k1")
        let authority = try await authority([issuer])
        let token = try issuer.token(try claims())
        for _ in 0..<2 {
            #expect(try await authority.identify("Bearer \(token)").identity == "user:alice")
        }
    }

    @Test func `a signed token is refused for each thing that is wrong with it`() async throws {
        let issuer = SigningIssuer(keyID: "k1")
        let authority = try await authority([issuer])
        let now = clock.wall().microseconds / 1_000_000
        let wrong: [([String: Any], TokenRefusal)] = [
            (["exp": now - 11], .expired), (["exp": NSNull()], .noExpiry),
            (["nbf": now + 11], .notYet), (["aud": "other"], .wrongAudience),
            (["aud": NSNull()], .wrongAudience), (["iss": "https://evil.example"], .unknownIssuer),
            (["sub": ""], .nameless), (["sub": "a b"], .nameless), (["sub": NSNull()], .nameless),
            (["exp": 1e300], .noExpiry),
        ]
        for (change, expected) in wrong {
            let token = try issuer.token(try claims(change))
            #expect(
                await Self.refusal(of: "Bearer \(token)", by: authority) == expected.rawValue,
                "\(change)")
        }
        let good = try issuer.token(try claims(["exp": now - 5, "nbf": now + 5]))
        #expect(await Self.refusal(of: "Bearer \(good)", by: authority) == nil)
    }

    @Test func `only the algorithm and key of the issuer count, whatever the head says`()
        async throws
    {
        let issuer = SigningIssuer(keyID: "k1")
        let impostor = SigningIssuer(keyID: "k1")
        let authority = try await authority([issuer])
        let claims = try claims()
        func head(_ algorithm: String, _ more: String = ",\"kid\":\"k1\"") -> String {
            "{\"alg\":\"\(algorithm)\"\(more)}"
        }
        let wrong: [(String, TokenRefusal)] = [
            (try impostor.token(claims), .badSignature),
            (try issuer.token(claims, head: head("none")), .algorithmNotAllowed),
            (try issuer.token(claims, head: head("HS256")), .algorithmNotAllowed),
            (try issuer.token(claims, head: head("RS256")), .badSignature),
            (try issuer.token(claims, head: head("ES256", "")), .noKey),
            (try issuer.token(claims, head: head("ES256", ",\"kid\":\"k2\"")), .noKey),
            (
                try issuer.token(claims, head: head("ES256", ",\"kid\":\"k1\",\"crit\":[\"x\"]")),
                .algorithmNotAllowed
            ),
        ]
        for (number, (token, expected)) in wrong.enumerated() {
            #expect(
                await Self.refusal(of: "Bearer \(token)", by: authority) == expected.rawValue,
                "\(number)")
        }
        // A changed claim under the old signature.
        var parts = try issuer.token(claims).split(separator: ".").map(String.init)
        parts[1] = try issuer.token(try self.claims(["sub": "root"])).split(separator: ".")
            .map(String.init)[1]
        #expect(
            await Self.refusal(of: "Bearer \(parts.joined(separator: "."))", by: authority)
                == TokenRefusal.badSignature.rawValue)
    }

    @Test func `a token that was good is refused once it ends`() async throws {
        let issuer = SigningIssuer(keyID: "k1")
        let authority = try await authority([issuer])
        let token = try issuer.token(try claims())
        #expect(await Self.refusal(of: "Bearer \(token)", by: authority) == nil)
        clock.advance(by: .seconds(71))
        #expect(
            await Self.refusal(of: "Bearer \(token)", by: authority)
                == TokenRefusal.expired.rawValue)
    }

    @Test func `keys behind a URL are fetched, and fetched again for a key that is new`()
        async throws
    {
        let old = SigningIssuer(keyID: "old")
        let new = SigningIssuer(keyID: "new")
        let published = Lock([old])
        let authority = try await authority(
            more: """
                issuers {
                  issuer: "https://far.example" audiences: "logdog" identity_prefix: "far:"
                  jwks_url: "https://far.example/keys" identity_claim: "email"
                }
                """
        ) { _ in Array(SigningIssuer.keySet(published.withLock { $0 }).utf8) }
        #expect(await authority.refreshKeys() == [])
        let change: [String: Any] = [
            "iss": "https://far.example", "email": "a@b.example", "email_verified": true,
            "exp": clock.wall().microseconds / 1_000_000 + 7200,
        ]
        let first = try old.token(try claims(change))
        #expect(try await authority.identify("Bearer \(first)").identity == "far:a@b.example")
        published.withLock { $0 = [new] }
        let second = try new.token(try claims(change))
        #expect(await Self.refusal(of: "Bearer \(second)", by: authority) != nil)
        clock.advance(by: .seconds(30))
        #expect(try await authority.identify("Bearer \(second)").identity == "far:a@b.example")
        clock.advance(by: .seconds(61))
        // The old key is gone, and what it signed is believed no longer.
        #expect(
            await Self.refusal(of: "Bearer \(first)", by: authority) == TokenRefusal.noKey.rawValue)
        let unverified = try new.token(try claims(change.merging(["email_verified": false]) { $1 }))
        #expect(
            await Self.refusal(of: "Bearer \(unverified)", by: authority)
                == TokenRefusal.nameless.rawValue)
    }

    @Test func `a key set that cannot check signatures refuses the configuration`() async throws {
        for keys in [[SigningIssuer]()] {
            await #expect(throws: ConfigurationRefusal.self) { try await authority(keys) }
        }
    }

    @Test func `nothing is allowed that no binding allows`() async throws {
        let authority = try await authority()
        let alice = Caller(identity: "user:alice")
        let daemon = Caller(identity: "service:x")
        let root = Caller(identity: "user:root")
        // swift-format-ignore
        let table: [(String, Caller, Set<Permission>)] = [
            ("ci",      alice,      [.readLogs, .listLogs]),
            ("ci",      daemon,     [.createPrefixes]),
            ("ci",      root,       [.createPrefixes]),
            ("ci",      .anonymous, []),
            ("more",    alice,      [.readLogs, .listLogs]),
            ("open",    .anonymous, [.readLogs, .listLogs]),
            ("open",    daemon,     [.readLogs, .listLogs]),
            ("an",      .anonymous, [.readLogs, .listLogs]),
            ("an",      alice,      []),
            ("@legacy", alice,      []),
            ("@root",   root,       []),
            ("none",    alice,      []),
        ]
        let all: [Permission] = [.createPrefixes, .readLogs, .listLogs, .deletePrefixes]
        for (realm, caller, allowed) in table {
            for permission in all {
                #expect(
                    authority.isAllowed(permission, in: "demo:\(realm)", caller)
                        == allowed.contains(permission), "\(realm) \(caller) \(permission)")
                #expect(!authority.isAllowed(permission, in: "other:\(realm)", caller))
            }
        }
        #expect(authority.isReader(of: "demo", .anonymous))
        #expect(!authority.isWriter(of: "demo", alice) && authority.isWriter(of: "demo", root))
        #expect(!authority.isReader(of: "other", root))
        #expect(authority.isAdministrator(root) && !authority.isAdministrator(.anonymous))
        #expect(authority.isService(root) && !authority.isService(.anonymous))
        #expect(authority.project("demo") != nil && authority.project("other") == nil)
    }
}
