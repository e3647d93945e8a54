import Foundation
import LogDogProtos
import LogDogServer
import TestSupport
import Testing

/// Shares, from the configuration to what a client is told.
@Suite(.timeLimit(.minutes(5))) struct LimitTests {
    private static func scene(_ limits: String) async throws -> ConfiguredScene {
        try await ConfiguredScene(limits: "limits { \(limits) }\n")
    }

    private static func claim(_ prefix: String) -> Logdog_RegisterPrefixRequest {
        var claim = Logdog_RegisterPrefixRequest()
        claim.project = "proj-foo"
        claim.prefix = prefix
        claim.realm = "granted"
        return claim
    }

    private static func bundle(
        _ scene: ConfiguredScene, _ prefix: String, _ range: Range<UInt64>
    ) async throws -> LoopbackClient.Reply {
        let reply = try await scene.call(
            "logdog.Registration/RegisterPrefix", claim(prefix), ConfiguredScene.setup)
        try #require(reply.code == 0)
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        return try await scene.setUp.client.post(
            "/ingest/v1/bundles",
            body: TestMessage.message(prefix: prefix, secret: secret, range))
    }

    private static func metrics(of scene: ConfiguredScene) async throws -> String {
        let reply = try await scene.setUp.client.get(
            "/metrics", headers: [("Authorization", "Bearer token-of-service-in-tests")])
        return String(decoding: reply.body, as: UTF8.self)
    }

    @Test func `a caller's requests beyond its share are refused with name, value and pause`()
        async throws
    {
        let scene = try await Self.scene(
            "identities { name: \"user:setup\" rates { requests { per_second: 1 burst: 2 } } }")
        let headers = [("Content-Type", "application/prpc; encoding=binary")]
        for number in 0..<3 {
            let reply = try await scene.setUp.client.post(
                "/prpc/logdog.Registration/RegisterPrefix",
                headers: headers + ConfiguredScene.setup,
                body: Self.claim("p\(number)").serializedBytes())
            #expect(reply.status == (number < 2 ? 200 : 429))
            guard number == 2 else { continue }
            #expect(reply.headers["retry-after"] == "1")
            #expect(reply.headers["x-prpc-grpc-code"] == "8")
            let text = String(decoding: reply.body, as: UTF8.self)
            #expect(text.contains("1 requests a second (2 at once) for user:setup"), "\(text)")
        }
        #expect(
            try await Self.metrics(of: scene).contains(
                "logdog_limit_refusals_total{resource=\"requests\",scope=\"identity\"} 1"))
        try await scene.setUp.stop()
    }

    @Test func `a bundle beyond its project's share is not taken and may be sent again`()
        async throws
    {
        let scene = try await Self.scene("each_project { entries { per_second: 10 burst: 10 } }")
        #expect(try await Self.bundle(scene, "a", 0..<10).status == 200)
        let refused = try await Self.bundle(scene, "b", 0..<5)
        #expect(refused.status == 429)
        #expect(refused.headers["retry-after"] == "1")
        let text = String(decoding: refused.body, as: UTF8.self)
        #expect(text.contains("10 entries a second (10 at once) for project proj-foo"), "\(text)")
        await scene.setUp.advance(by: .seconds(1))
        #expect(try await Self.bundle(scene, "c", 0..<5).status == 200)
        try await scene.setUp.stop()
    }

    @Test func `a stream beyond its share is refused, the next one of the project is not`()
        async throws
    {
        let scene = try await Self.scene("each_stream { bytes { per_second: 100 burst: 100 } }")
        #expect(try await Self.bundle(scene, "a", 0..<50).status == 200)
        #expect(try await Self.bundle(scene, "b", 0..<1).status == 200)
        try await scene.setUp.stop()
    }

    @Test func `logs followed at once have a limit by project`() async throws {
        let scene = try await Self.scene("each_project { open_tails: 1 }")
        var request = Self.claim("open")
        request.opNonce = Data(repeating: 1, count: 32)
        let reply = try await scene.call(
            "logdog.Registration/RegisterPrefix", request, ConfiguredScene.setup)
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        _ = try await scene.setUp.client.post(
            "/ingest/v1/bundles",
            body: TestMessage.message(prefix: "open", secret: secret, 0..<1))
        let path = "/logs/proj-foo/open/+/s?follow=1"
        let connection = try LoopbackConnection.tcp(port: scene.setUp.server.port)
        let credentials = ConfiguredScene.setup.map { "\($0.0): \($0.1)\r\n" }.joined()
        try await connection.send(
            Array("GET \(path) HTTP/1.1\r\nHost: test\r\n\(credentials)\r\n".utf8))
        let first = PageReader(connection)
        try await first.read(until: ": following")
        let second = try await scene.setUp.client.get(path, headers: ConfiguredScene.setup)
        #expect(second.status == 429)
        #expect(second.headers["retry-after"] == "5")
        withExtendedLifetime(first) {}
        try await scene.setUp.stop()
    }

    @Test func `query time and bytes that were read stand in the way of the next read`()
        async throws
    {
        let scene = try await Self.scene(
            """
            each_identity {
              query_milliseconds { per_second: 1 burst: 1 } bytes { per_second: 1 burst: 1 }
            }
            """)
        try await scene.deliver(in: "granted")
        var query = Logdog_QueryRequest()
        query.project = "proj-foo"
        query.path = "at/granted/+/**"
        var get = Logdog_GetRequest()
        get.project = "proj-foo"
        get.path = "at/granted/+/s"
        let credentials = try scene.credentials(.owner)
        #expect(try await scene.call("logdog.Logs/Get", get, credentials).code == 0)
        #expect(try await scene.call("logdog.Logs/Get", get, credentials).code == 8)
        #expect(try await scene.call("logdog.Logs/Query", query, credentials).code == 0)
        // On a clock that stands still a query takes the least that is counted: one millisecond.
        #expect(try await scene.call("logdog.Logs/Query", query, credentials).code == 0)
        #expect(try await scene.call("logdog.Logs/Query", query, credentials).code == 8)
        try await scene.setUp.stop()
    }
}
