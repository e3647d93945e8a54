import LogDogProtos
import TestSupport
import Testing

/// What followers may cost, and streams that are unusual to follow.
@Suite struct FollowerPlacesTests {
    @Test func `a follower too many is told to come again, and a place that is left is free`()
        async throws
    {
        let log = try await FollowedLog { $0.followers = 1 }
        try await log.append(0..<1)
        let first = try await log.follow()
        try await first.read(until: "id: 0\n")
        for query in ["?follow=1", "?format=raw"] {
            let refused = try await log.setUp.client.get(FollowedLog.target + query)
            #expect(refused.status == 503)
            #expect(refused.headers["x-prpc-grpc-code"] == "8")
            #expect(refused.headers["retry-after"] != nil)
            #expect(String(decoding: refused.body, as: UTF8.self).contains("1 clients follow"))
        }
        try await log.append(1..<2, terminal: 1)
        try await first.readToEnd()
        // The place goes with the connection, which the client may see closed a little earlier.
        var last = 503
        for _ in 0..<1000 where last == 503 {
            last = try await log.setUp.client.get(FollowedLog.target + "?format=raw").status
        }
        #expect(last == 200)
        try await log.setUp.stop()
    }

    @Test func `a stream that is registered and empty is followed from its first entry`()
        async throws
    {
        let log = try await FollowedLog()
        try await log.register()
        let reader = try await log.follow()
        try await reader.read(until: ": following")
        #expect(reader.events.isEmpty)
        try await log.append(0..<1, terminal: 0)
        try await reader.read(until: "event: end")
        #expect(reader.events == ["0"])
        try await log.setUp.stop()
    }

    @Test func `behind a hole nothing comes until it is filled`() async throws {
        let log = try await FollowedLog()
        try await log.append(0..<1)
        try await log.append(2..<3)
        let reader = try await log.follow()
        try await reader.read(until: "id: 0\n")
        try await log.append(1..<2, terminal: 2)
        try await reader.read(until: "event: end")
        #expect(reader.events == ["0", "1", "2"])
        try await log.setUp.stop()
    }

    @Test func `streams that are no text are followed as events and are empty as raw pages`()
        async throws
    {
        let log = try await FollowedLog()
        try await log.appendBinary([1, 2, 3])
        let reader = try await log.follow()
        try await reader.read(until: "event: end")
        #expect(reader.text.contains(#""binary":{"data":"AQID"}"#), "\(reader.text)")
        let page = try await log.setUp.client.get(FollowedLog.target + "?format=raw")
        #expect(page.status == 200)
        #expect(page.body.isEmpty)
        try await log.setUp.stop()
    }
}

extension FollowedLog {
    /// Makes the stream known without an entry.
    func register() async throws {
        var descriptor = Logpb_LogStreamDescriptor()
        descriptor.prefix = "follow/p"
        descriptor.name = "s"
        descriptor.contentType = "text/plain"
        descriptor.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        var request = Logdog_RegisterStreamRequest()
        request.project = "proj-foo"
        request.secret = secret
        request.protoVersion = "1"
        request.desc = try descriptor.serializedBytes()
        request.terminalIndex = -1
        let reply = try await setUp.client.call(
            "logdog.Services", "RegisterStream", request.serializedBytes())
        #expect(reply.status == 200)
    }

    /// Makes it a binary stream of one entry.
    func appendBinary(_ data: [UInt8]) async throws {
        var bundle = try TestMessage.bundle(
            prefix: "follow/p", secret: secret, 0..<1, terminal: 0)
        bundle.entries[0].desc.streamType = .binary
        bundle.entries[0].desc.contentType = "application/octet-stream"
        bundle.entries[0].logs[0].binary.data = .init(data)
        let reply = try await setUp.client.post(
            "/ingest/v1/bundles", body: TestMessage.message(bundle))
        #expect(reply.status == 200)
    }
}
