import LogDogProtos
import TestSupport
import Testing

/// What becomes of the parts of a bundle that are not as they should be.
@Suite struct BundlePartTests {
    @Test func `entries are stored although the end that comes with them is out of range`()
        async throws
    {
        let log = try await FollowedLog()
        let message = try TestMessage.message(
            prefix: "follow/p", secret: log.secret, 0..<2, terminal: 1 << 63)
        for _ in 0..<2 {
            let reply = try await log.setUp.client.post("/ingest/v1/bundles", body: message)
            #expect(reply.status == 400)
            let text = String(decoding: reply.body, as: UTF8.self)
            #expect(text.contains(#""accepted":0,"dropped":1"#), "\(text)")
            #expect(text.contains("terminal index is out of range"), "\(text)")
        }
        let stored = try await StoredStream(
            project: "proj-foo", path: "follow/p/+/s", on: log.setUp.client)
        #expect(stored.entries.map(\.streamIndex) == [0, 1])
        #expect(stored.terminalIndex == -1)
        try await log.append(2..<3, terminal: 2)
        try await log.setUp.stop()
    }

    @Test func `the last possible terminal index is taken`() async throws {
        let log = try await FollowedLog()
        try await log.append(0..<1, terminal: UInt64(Int64.max))
        let stored = try await StoredStream(
            project: "proj-foo", path: "follow/p/+/s", on: log.setUp.client)
        #expect(stored.terminalIndex == Int64.max)
        try await log.setUp.stop()
    }

    @Test func `a part that is refused does not touch the others of its bundle`() async throws {
        let log = try await FollowedLog()
        var bundle = try TestMessage.bundle(prefix: "follow/p", secret: log.secret, 0..<2)
        for (name, harm) in Self.harms {
            var part = bundle.entries[0]
            part.desc.name = name
            harm(&part)
            bundle.entries.append(part)
        }
        let reply = try await log.setUp.client.post(
            "/ingest/v1/bundles", body: TestMessage.message(bundle))
        #expect(reply.status == 400)
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(text.hasPrefix(#"{"accepted":1,"dropped":\#(Self.harms.count),"#), "\(text)")
        let stored = try await StoredStream(
            project: "proj-foo", path: "follow/p/+/s", on: log.setUp.client)
        #expect(stored.entries.count == 2)
        for (name, _) in Self.harms {
            var request = Logdog_GetRequest()
            request.project = "proj-foo"
            request.path = "follow/p/+/\(name)"
            let reply = try await log.setUp.client.call(
                "logdog.Logs", "Get", request.serializedBytes())
            #expect(reply.headers["x-prpc-grpc-code"] == "5", "\(name)")
        }
        try await log.setUp.stop()
    }

    /// By the name of the stream that must not come to be.
    private static let harms: [(String, @Sendable (inout Logpb_ButlerLogBundle.Entry) -> Void)] = [
        ("gap", { $0.logs[1].streamIndex = 7 }),
        ("backwards", { $0.logs[1].streamIndex = 0 }),
        ("content", { $0.logs[1].binary.data = .init([1]) }),
        ("no-content", { $0.logs[1].content = nil }),
        ("foreign", { $0.desc.prefix = "other/p" }),
        ("no-type", { $0.desc.contentType = "" }),
        (
            "tag",
            { $0.desc.tags = [String(repeating: "k", count: 65): "a tag key has 64 bytes"] }
        ),
        ("index", { $0.logs[0].streamIndex = UInt64(Int64.max) }),
    ]
}
