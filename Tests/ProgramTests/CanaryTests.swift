import ByteCoding
import Foundation
import TestSupport
import Testing

@testable import logdog

/// A prefix secret never comes out again but to whoever claimed the prefix.
@Suite(.timeLimit(.minutes(5))) struct CanaryTests {
    /// The forms in which bytes get into text.
    private static func forms(of secret: [UInt8]) -> [[UInt8]] {
        let hex = secret.map { String($0, radix: 16).leftPadded(2) }.joined()
        let decimal = secret.map { "\($0)" }.joined(separator: ", ")
        let base64 = Data(secret).base64EncodedString()
        return [
            secret, Array(hex.utf8), Array(hex.uppercased().utf8), Array(decimal.utf8),
            Array(base64.trimmingCharacters(in: ["="]).utf8),
        ]
    }

    private static func expectNone(
        _ forms: [[UInt8]], in bytes: [UInt8], _ place: String
    ) {
        for form in forms {
            let found = Data(bytes).range(of: Data(form)) != nil
            #expect(!found, "\(place) holds the secret")
        }
    }

    @Test func `a secret is in no reply, page, error, diagnostic or dump`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path("data")
        let server = try await DemoServer.start(BuiltProgram.logdog, data: data, port: 0)
        let client = LoopbackClient(port: server.port)
        let secret = try await client.registerPrefix("canary/all", of: "proj")
        #expect(secret.count == 36)
        let forms = Self.forms(of: secret)

        func bundle(_ secret: [UInt8]) throws -> [UInt8] {
            try TestBundle(
                project: "proj", prefix: "canary/all", secret: secret, stream: "s", first: 0,
                count: 3, terminal: true
            ).message()
        }
        #expect(try await client.post("/ingest/v1/bundles", body: try bundle(secret)).status == 200)
        // The secret in places where it is wrong, cut off, or not to be understood.
        var cutShort = try bundle(secret)
        cutShort.removeLast(9)
        let refused = [
            try await client.post("/ingest/v1/bundles", body: try bundle(secret.reversed())),
            try await client.post("/ingest/v1/bundles", body: cutShort),
            try await client.post("/ingest/v1/bundles", body: secret),
            try await client.call("logdog.Services", "RegisterStream", secret),
        ]
        for reply in refused { Self.expectNone(forms, in: reply.body, "a refusal") }
        for path in [
            "/", "/healthz", "/readyz", "/metrics", "/logs/proj/canary/all/+/s",
            "/logs/proj/canary/all/+/s?format=full", "/logs/proj/canary/all/+/s?format=raw",
        ] {
            Self.expectNone(forms, in: try await client.get(path).body, path)
        }
        for command in [["journal", "dump"], ["journal", "dump", "--json"], ["journal", "stat"]] {
            let dump = try BuiltProgram.logdog.start(
                command + ["--data", data], collectErrors: true)
            #expect(await dump.exitCode() == 0)
            #expect(!dump.output.isEmpty)
            let name = command.joined(separator: " ")
            Self.expectNone(forms, in: dump.output + dump.errors, name)
        }
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
        Self.expectNone(forms, in: server.process.output + server.process.errors, "diagnostics")
        // It is there, of course: the journal's own bytes are not looked at as they are.
        #expect(try await Self.isAtRest(secret, in: data))
    }

    /// Whether the search would find what is there: the catalog keeps the secret as it is.
    private static func isAtRest(_ secret: [UInt8], in data: String) async throws -> Bool {
        let names = FileManager.default.enumerator(atPath: data)?.allObjects ?? []
        return try names.compactMap { $0 as? String }.contains { name in
            let file = URL(filePath: data).appending(path: name)
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory),
                !isDirectory.boolValue
            else { return false }
            return try Data(contentsOf: file).range(of: Data(secret)) != nil
        }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
