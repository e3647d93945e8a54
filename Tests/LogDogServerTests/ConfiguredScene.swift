import Crypto
import Foundation
import LogDogProtos
import LogDogServer
import Logging
import SwiftProtobuf
import TestSupport
import Testing

/// A server with a configuration: project `proj-foo`, realms `granted` and `other`, and callers of
/// each role, who show tokens. `setup` may do everything everywhere and made what is there.
struct ConfiguredScene {
    /// A role and what it shows.
    enum Role: String, CaseIterable {
        case anonymous, badToken, stranger, reader, lister, writer, deleter, owner, signed
        case service, administrator

        var token: String? { self == .anonymous ? nil : "token-of-\(rawValue)-in-tests" }
    }

    static let realms = ["granted", "other", "@legacy"]
    static let issuer = SigningIssuer(keyID: "k")

    let setUp: RecordedSetUp
    let directory: ConfigurationDirectory

    init(limits: String = "", log: Logger = Logger(label: "test")) async throws {
        directory = try ConfigurationDirectory([
            "services.cfg": """
            coordinator {
              admin_auth_group: "admins" service_auth_group: "daemons"
              prefix_expiration { seconds: 86400 }
            }
            """,
            "access.cfg": Self.access + limits, "projects/proj-foo.cfg": "",
            "keys.json": SigningIssuer.keySet([Self.issuer]),
        ])
        let path = directory.path
        setUp = try await RecordedSetUp(log: log) { $0.configuration = path }
    }

    private static let access: String = {
        var text = """
            groups { name: "admins" members: ["user:administrator", "user:setup"] }
            groups { name: "daemons" members: ["user:service", "user:setup"] }
            issuers {
              issuer: "https://ids.example" audiences: "logdog" jwks_file: "keys.json"
              identity_prefix: "signed:"
            }
            projects {
              project: "proj-foo"
              realms {
                name: "granted" extends: "setup"
                bindings { permissions: "logdog.logs.get" principals: ["user:reader", "signed:x"] }
                bindings { permissions: "logdog.logs.list" principals: "user:lister" }
                bindings { role: "role/logdog.writer" principals: "user:writer" }
                bindings { permissions: "logdog.logs.deletePrefix" principals: "user:deleter" }
                bindings { role: "role/logdog.owner" principals: "user:owner" }
              }
              realms { name: "other" extends: "setup" }
              realms { name: "@legacy" extends: "setup" }
              realms {
                name: "setup" bindings { role: "role/logdog.owner" principals: "user:setup" }
              }
            }

            """
        for role in Role.allCases where ![.anonymous, .badToken, .signed].contains(role) {
            text += token(for: "user:\(role.rawValue)", role.token ?? "")
        }
        return text + token(for: "user:setup", "token-of-setup-in-tests")
    }()

    private static func token(for identity: String, _ token: String) -> String {
        let hash = SHA256.hash(data: Data(token.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        return "tokens { identity: \"\(identity)\" sha256: \"\(hash)\" }\n"
    }

    /// The `Authorization` header of a role.
    func credentials(_ role: Role) throws -> [(String, String)] {
        guard role != .signed else {
            let end = setUp.clock.wall().microseconds / 1_000_000 + 3600
            let claims =
                "{\"iss\":\"https://ids.example\",\"aud\":\"logdog\",\"sub\":\"x\",\"exp\":\(end)}"
            return [("Authorization", "Bearer \(try Self.issuer.token(claims))")]
        }
        return role.token.map { [("Authorization", "Bearer \($0)")] } ?? []
    }

    static let setup = [("Authorization", "Bearer token-of-setup-in-tests")]

    /// A binary call: its code and body.
    func call(
        _ call: String, _ request: some Message, _ credentials: [(String, String)]
    ) async throws -> (code: Int, body: [UInt8]) {
        let form = "application/prpc; encoding=binary"
        let reply = try await setUp.client.post(
            "/prpc/\(call)", headers: [("Content-Type", form), ("Accept", form)] + credentials,
            body: request.serializedBytes())
        return (try #require(reply.headers["x-prpc-grpc-code"].flatMap { Int($0) }), reply.body)
    }

    /// Claims `at/<realm>` and delivers a stream of one line that has ended.
    func deliver(in realm: String, prefix: String? = nil) async throws {
        var claim = Logdog_RegisterPrefixRequest()
        claim.project = "proj-foo"
        claim.prefix = prefix ?? Self.prefix(in: realm)
        claim.realm = realm == "@legacy" ? "" : realm
        let reply = try await call("logdog.Registration/RegisterPrefix", claim, Self.setup)
        try #require(reply.code == 0)
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        let message = try TestMessage.message(
            prefix: claim.prefix, secret: secret, 0..<1, terminal: 0)
        let answer = try await setUp.client.post("/ingest/v1/bundles", body: message)
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    }

    static func prefix(in realm: String) -> String { "at/\(realm.replacing("@", with: "x"))" }
}
