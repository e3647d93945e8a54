import Foundation
import LogDogProtos
import RPCStatus
import TestSupport
import Testing

/// How calls are refused, by `vectors.json`, group `rpc.errors`.
///
/// A vector tells its circumstances in words; each that is known here is brought about.
@Suite struct RPCErrorVectorTests {
    typealias Circumstance = @Sendable (CallScene) async throws -> [StatusCode]

    @Test func `calls are refused as the original refuses them`() async throws {
        guard let cases = try Vectors.group("rpc.errors") else { return }
        let scene = try await CallScene()
        var ran = 0
        for vector in cases {
            let name = "\(vector.string("rpc") ?? ""): \(vector.string("given") ?? "")"
            guard
                ["both", "current"].contains(vector.string("dialect"))
                    || Self.circumstances[name] != nil
            else {
                Vectors.notRun(name, because: "nothing classic brings it about here")
                continue
            }
            guard let circumstance = Self.circumstances[name] else {
                Vectors.notRun(name, because: Self.reason(for: name))
                continue
            }
            let wanted = try #require(vector.string("code").flatMap(StatusCode.init(vectorName:)))
            let codes = try await circumstance(scene)
            #expect(!codes.isEmpty && codes.allSatisfy { $0 == wanted }, "\(name): \(codes)")
            ran += 1
        }
        if !cases.isEmpty { #expect(ran > 0) }
        try await scene.stop()
    }

    private static func reason(for name: String) -> String {
        if name.contains("lookup") {
            return "groups are in memory: looking one up cannot fail"
        }
        if name.contains("store failing") { return "what it reads is in memory" }
        return "these circumstances are not known here"
    }

    private static let circumstances = [
        logs, registration, registerStream, services, archival, removal, configuration, classic,
        storage, transitional,
    ]
    .reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }

    private static let logs: [String: Circumstance] = [
        "Logs.*: project field empty": { scene in
            [
                try await scene.code("Logs.Get", scene.get("a/+/b", project: "")),
                try await scene.code("Logs.Tail", Logdog_TailRequest()),
                try await scene.code("Logs.Query", scene.query("a/+/**", project: "")),
            ]
        },
        "Logs.Get: unknown project, anonymous caller": { scene in
            [try await scene.code("Logs.Get", scene.get("a/+/b", project: "nope"), as: nil)]
        },
        "Logs.Get: path 'not/a/full/stream/path'": { scene in
            [try await scene.code("Logs.Get", scene.get("not/a/full/stream/path"))]
        },
        "Logs.Get: path is a 64-digit hash": { scene in
            let id = try await scene.stream(
                under: "by-hash", try await scene.register("by-hash"))
            return [try await scene.code("Logs.Get", scene.get(id))]
        },
        "Logs.Get: prefix not registered, signed-in caller": { scene in
            [try await scene.code("Logs.Get", scene.get("none/+/s"))]
        },
        "Logs.Get: prefix not registered, anonymous caller": { scene in
            [try await scene.code("Logs.Get", scene.get("none/+/s"), as: nil)]
        },
        "Logs.Get: prefix readable, stream absent ('testing/+/does/not/exist')": { scene in
            _ = try await scene.register("testing")
            return [try await scene.code("Logs.Get", scene.get("testing/+/does/not/exist"))]
        },
        "Logs.Get: stream registered, no entries stored": { scene in
            _ = try await scene.stream(under: "no-get", try await scene.register("no-get"))
            let reply = try await scene.call("Logs.Get", scene.get("no-get/+/s"), as: "user")
            #expect(try Logdog_GetResponse(serializedBytes: reply.body).logs.isEmpty)
            return [reply.code]
        },
        "Logs.Tail: stream registered, no entries stored": { scene in
            _ = try await scene.stream(under: "no-tail", try await scene.register("no-tail"))
            var request = Logdog_TailRequest()
            request.project = "proj-foo"
            request.path = "no-tail/+/s"
            let reply = try await scene.call("Logs.Tail", request, as: "user")
            #expect(try Logdog_GetResponse(serializedBytes: reply.body).logs.isEmpty)
            return [reply.code]
        },
        "Logs.Query: path '***'": { [try await $0.code("Logs.Query", $0.query("***"))] },
        "Logs.Query: path '**/+/foo'": { scene in
            [try await scene.code("Logs.Query", scene.query("**/+/foo"))]
        },
        "Logs.Query: two greedy globs in one half": { scene in
            var request = scene.query("a/**/b/**/+/c")
            request.protoVersion = "1"
            return [try await scene.code("Logs.Query", request)]
        },
        "Logs.Query: prefix not registered, signed-in caller": { scene in
            [try await scene.code("Logs.Query", scene.query("none/+/**"))]
        },
        "Logs.Query: prefix not registered, anonymous caller": { scene in
            [try await scene.code("Logs.Query", scene.query("none/+/**"), as: nil)]
        },
        "Logs.Query: unknown project, anonymous caller": { scene in
            [try await scene.code("Logs.Query", scene.query("a/+/**", project: "no"), as: nil)]
        },
        "Logs.Query: unknown project, signed-in caller": { scene in
            [try await scene.code("Logs.Query", scene.query("a/+/**", project: "no"))]
        },
        "Logs.Query: purged=YES, not an administrator": { scene in
            var request = scene.query("a/+/**")
            request.purged = .yes
            return [try await scene.code("Logs.Query", request)]
        },
    ]

    private static let registration: [String: Circumstance] = {
        let method = "Registration.RegisterPrefix"
        return [
            "\(method): project field empty": { scene in
                var claim = scene.claim("a")
                claim.project = ""
                return [try await scene.code(method, claim)]
            },
            "\(method): prefix invalid": { scene in
                [
                    try await scene.code(method, scene.claim("_invalid")),
                    try await scene.code(method, scene.claim("")),
                ]
            },
            "\(method): realm '@zzz'": { scene in
                [try await scene.code(method, scene.claim("a", realm: "@zzz"))]
            },
            "\(method): realm without permission": { scene in
                [try await scene.code(method, scene.claim("a", realm: "other"))]
            },
            "\(method): realm without permission, anonymous": { scene in
                [try await scene.code(method, scene.claim("a", realm: "other"), as: nil)]
            },
            "\(method): no expiration in request, service or project": { _ in
                let scene = try await CallScene { $0.window = nil }
                let code = try await scene.code(method, scene.claim("a"))
                try await scene.stop()
                return [code]
            },
            "\(method): prefix exists, same nonce within 15 min": { scene in
                var claim = scene.claim("with-nonce")
                claim.opNonce = Data(repeating: 3, count: 32)
                let first = try await scene.call(method, claim, as: "user")
                let second = try await scene.call(method, claim, as: "user")
                #expect(first.body == second.body)
                return [first.code, second.code]
            },
            "\(method): new prefix, op_nonce of 31 bytes": { scene in
                var claim = scene.claim("short-nonce")
                claim.opNonce = Data(repeating: 3, count: 31)
                return [try await scene.code(method, claim)]
            },
        ]
    }()
}
