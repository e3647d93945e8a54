import Foundation
import LogDogProtos
import LogDogServer
import Logging
import Platform
import TestSupport
import Testing

/// Secrets go in at every door and come out at none: not in logs, metrics, pages or error texts.
@Suite(.timeLimit(.minutes(5))) struct SecretCanaryTests {
    private static let canary = "canary-TOKEN-that-is-shown-nowhere"
    private static let secret = Data("canary-SECRET-of-36-bytes-shown-not!".utf8)

    @Test func `what was refused, logged and counted never holds what was secret`() async throws {
        let told = Told()
        let scene = try await ConfiguredScene(log: told.logger)
        var seen = ""
        func note(_ reply: LoopbackClient.Reply) {
            seen += reply.headers.map { "\($0): \($1)\n" }.joined()
            seen += String(decoding: reply.body, as: UTF8.self) + "\n"
        }
        let client = scene.setUp.client
        for header in [
            "Bearer \(Self.canary)", "Basic \(Self.canary)", Self.canary,
            "Bearer \(try ConfiguredScene.issuer.token("{\"iss\":\"\(Self.canary)\"}"))",
        ] {
            let credentials = [("Authorization", header)]
            note(try await client.get("/metrics", headers: credentials))
            note(try await client.get("/readyz", headers: credentials))
            note(try await client.get("/logs/proj-foo/a/+/b", headers: credentials))
            note(try await client.post("/ingest/v1/bundles", headers: credentials, body: []))
            let form = [("Content-Type", "application/prpc; encoding=json")]
            for call in scene.setUp.server.surface.calls {
                note(
                    try await client.post(
                        "/prpc/\(call)", headers: form + credentials, body: Array("{}".utf8)))
            }
        }
        try await scene.deliver(in: "granted")
        for (prefix, secret) in [
            (ConfiguredScene.prefix(in: "granted"), Self.secret), ("none", Self.secret),
            (ConfiguredScene.prefix(in: "granted"), Self.secret + Self.secret),
        ] {
            let message = try TestMessage.message(prefix: prefix, secret: secret, 0..<1)
            note(try await client.post("/ingest/v1/bundles", body: message))
            var registration = Logdog_RegisterStreamRequest()
            registration.project = "proj-foo"
            registration.secret = secret
            registration.protoVersion = "1"
            var descriptor = Logpb_LogStreamDescriptor()
            descriptor.prefix = prefix
            descriptor.name = "t"
            descriptor.contentType = "text/plain"
            descriptor.timestamp = .init(seconds: 1, nanos: 0)
            registration.desc = try descriptor.serializedBytes()
            let reply = try await scene.call(
                "logdog.Services/RegisterStream", registration, ConfiguredScene.setup)
            #expect(reply.code != 0)
            seen += String(decoding: reply.body, as: UTF8.self)
        }
        // A hash and a token where they do not belong, in a file that is refused.
        try scene.directory.write(
            "tokens { identity: \"\(Self.canary)\" sha256: \"\(Self.canary)\" }", to: "access.cfg")
        await scene.setUp.server.reloadConfiguration()
        let operators = [("Authorization", "Bearer token-of-administrator-in-tests")]
        note(try await client.get("/metrics", headers: operators))
        note(try await client.get("/readyz", headers: operators))
        try await scene.setUp.stop()

        seen += told.text
        #expect(told.text.contains("access.cfg:1"), "the log was listened to")
        #expect(seen.contains("logdog_calls_total"), "the metrics were looked at")
        for word in ["canary", "in-tests", Data(Self.canary.utf8).base64EncodedString()] {
            #expect(!seen.contains(word), "\(word) was shown")
        }
    }

    @Test func `the journal names the configuration without what is secret in it`() async throws {
        let scene = try await ConfiguredScene()
        let data = scene.setUp.data
        await scene.setUp.server.stop()
        var catalog = Data()
        for file in try FileManager.default.contentsOfDirectory(atPath: data)
        where file.hasPrefix("catalog.sqlite") {
            catalog += try Data(contentsOf: URL(filePath: "\(data)/\(file)"))
        }
        #expect(catalog.range(of: Data("token of user:reader: ********".utf8)) != nil)
        let access = try String(
            contentsOfFile: "\(scene.directory.path)/access.cfg", encoding: .utf8)
        let hashes = access.matches(of: /[0-9a-f]{64}/).map { String($0.output) }
        #expect(hashes.count > 5)
        for hash in hashes { #expect(catalog.range(of: Data(hash.utf8)) == nil) }
        try FileManager.default.removeItem(atPath: data)
    }
}

/// What a server wrote into its log.
private final class Told: Sendable {
    private let lines = Lock("")

    var text: String { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(told: self) }
    }

    private struct Handler: LogHandler {
        let told: Told
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            told.lines.withLock {
                $0 += "\(event.message) \(event.metadata ?? [:])\n"
            }
        }
    }
}
