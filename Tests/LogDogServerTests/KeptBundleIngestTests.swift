import ByteCoding
import Foundation
import LogDogProtos
import LogDogServer
import TestSupport
import Testing

/// Bundles that come deflated and are stored as they came.
@Suite struct KeptBundleIngestTests {
    @Test func `a deflated bundle stands in the journal as it came and is read back`() async throws
    {
        var data = ""
        let log = try await FollowedLog { data = $0.data }
        var bundle = try TestMessage.bundle(prefix: "follow/p", secret: log.secret, 0..<400)
        let first = try Self.deflated(bundle)
        var reply = try await log.setUp.client.post("/ingest/v1/bundles", body: first.message)
        #expect(reply.status == 200)
        // Half of it is there already: only the rest is stored, and not in this form.
        bundle = try TestMessage.bundle(prefix: "follow/p", secret: log.secret, 200..<600)
        let second = try Self.deflated(bundle)
        for _ in 0..<2 {
            reply = try await log.setUp.client.post("/ingest/v1/bundles", body: second.message)
            #expect(reply.status == 200)
        }
        let stored = try await StoredStream(
            project: "proj-foo", path: "follow/p/+/s", on: log.setUp.client)
        #expect(stored.entries.map(\.streamIndex) == Array(0..<600))
        #expect(
            stored.entries.map { $0.text.lines.first?.value }
                == (0..<600).map { Data("line \($0)".utf8) })
        #expect(try Self.journal(of: data).contains { $0.range(of: Data(first.body)) != nil })
        #expect(try Self.journal(of: data).allSatisfy { $0.range(of: Data(second.body)) == nil })
        try await log.setUp.stop()
    }

    @Test func `a bundle of two parts, or with bytes behind it, is stored plainly`() async throws {
        var data = ""
        let log = try await FollowedLog { data = $0.data }
        var bundle = try TestMessage.bundle(prefix: "follow/p", secret: log.secret, 0..<400)
        let trailed = try Self.deflated(bundle, trailing: [0])
        var other = bundle.entries[0]
        other.desc.name = "t"
        bundle.entries.append(other)
        let double = try Self.deflated(bundle)
        for message in [trailed, double] {
            let reply = try await log.setUp.client.post(
                "/ingest/v1/bundles", body: message.message)
            #expect(reply.status == 200)
            #expect(
                try Self.journal(of: data).allSatisfy { $0.range(of: Data(message.body)) == nil })
        }
        for name in ["s", "t"] {
            let stored = try await StoredStream(
                project: "proj-foo", path: "follow/p/+/\(name)", on: log.setUp.client)
            #expect(stored.entries.count == 400)
        }
        try await log.setUp.stop()
    }

    private static func deflated(
        _ bundle: Logpb_ButlerLogBundle, trailing: [UInt8] = []
    ) throws -> (message: [UInt8], body: [UInt8]) {
        let serialized: [UInt8] = try bundle.serializedBytes()
        var body: [UInt8] = []
        Deflater(level: 6).deflate(serialized[...], into: &body)
        var message: [UInt8] = []
        message.appendLengthPrefixed([0x08, 1, 0x10, 1, 0x1a, 1, 0x31] as [UInt8])
        message.appendLengthPrefixed(body + trailing)
        return (message, body)
    }

    private static func journal(of data: String) throws -> [Data] {
        let directory = URL(filePath: "\(data)/journal")
        return try FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "seg" }.map { try Data(contentsOf: $0) }
    }
}
