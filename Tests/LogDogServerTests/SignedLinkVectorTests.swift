import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// Signed links, and what they lead to.
struct SignedLinkVectorTests {
    /// A server with a stream `a` that is archived and a stream `b` that is not.
    private static func server() async throws -> RecordedSetUp {
        let setUp = try await RecordedSetUp { $0.archives = ["\($0.data)/archive"] }
        var claim = Logdog_RegisterPrefixRequest()
        claim.project = "proj-foo"
        claim.prefix = "p"
        claim.expiration = .init(seconds: 86_400)
        let reply = try await call(setUp, "Registration", "RegisterPrefix", claim)
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply).secret
        for (name, terminal) in [("a", Int64(4)), ("b", -1)] {
            var descriptor = Logpb_LogStreamDescriptor()
            descriptor.prefix = "p"
            descriptor.name = name
            descriptor.contentType = "text/plain"
            descriptor.timestamp = .init(seconds: 1_700_000_000)
            var request = Logdog_RegisterStreamRequest()
            request.project = "proj-foo"
            request.secret = secret
            request.protoVersion = "1"
            request.desc = try descriptor.serializedBytes()
            request.terminalIndex = terminal
            _ = try await call(setUp, "Services", "RegisterStream", request)
        }
        await setUp.advance(by: .seconds(301))
        await setUp.server.archiveDue()
        return setUp
    }

    private static func call(
        _ setUp: RecordedSetUp, _ service: String, _ method: String, _ request: some Message
    ) async throws -> [UInt8] {
        let reply = try await setUp.client.call(
            "logdog.\(service)", method, try request.serializedBytes())
        try #require(reply.headers["x-prpc-grpc-code"] == "0")
        return reply.body
    }

    private static func links(
        _ setUp: RecordedSetUp, _ name: String, lifetime: Int64, stream: Bool, index: Bool
    ) async throws -> Logdog_GetResponse {
        var request = Logdog_GetRequest()
        request.project = "proj-foo"
        request.path = "p/+/\(name)"
        request.logCount = -1
        request.getSignedUrls.lifetime = .init(seconds: lifetime)
        request.getSignedUrls.stream = stream
        request.getSignedUrls.index = index
        return try Logdog_GetResponse(
            serializedBytes: try await call(setUp, "Logs", "Get", request))
    }

    @Test func `links are given as the original gives them`() async throws {
        guard let cases = try Vectors.group("get.signed_urls") else { return }
        let setUp = try await Self.server()
        for vector in cases {
            let isArchived = vector.string("storage") == "archived"
            let reply = try await Self.links(
                setUp, isArchived ? "a" : "b", lifetime: Int64(vector.int("lifetime_s") ?? 0),
                stream: vector.bool("stream") ?? false, index: vector.bool("index") ?? false)
            #expect(reply.hasSignedUrls == vector.bool("signed_urls"), "\(vector.members)")
            guard reply.hasSignedUrls else { continue }
            if let lifetime = vector.int("effective_lifetime_s") {
                let now = setUp.clock.wall().microseconds / 1_000_000
                #expect(reply.signedUrls.expiration.seconds == now + Int64(lifetime))
            }
            #expect(reply.signedUrls.stream.isEmpty == (vector.bool("stream") != true))
            #expect(reply.signedUrls.index.isEmpty == (vector.bool("index") != true))
        }
        try await setUp.stop()
    }

    @Test func `a link leads to the object until it expires, and only if it was not changed`()
        async throws
    {
        let setUp = try await Self.server()
        let urls = try await Self.links(setUp, "a", lifetime: 60, stream: true, index: true)
            .signedUrls
        let base = "http://127.0.0.1:\(setUp.server.port)"
        #expect(urls.stream.hasPrefix("\(base)/archives/"))
        let target = String(urls.stream.dropFirst(base.count))
        let object = try await setUp.client.get(target)
        #expect(object.status == 200)
        // The descriptor's frame: its length, then its first field.
        #expect(object.body.dropFirst().prefix(3).elementsEqual([0x0a, 1, UInt8(ascii: "p")]))
        let part = try await setUp.client.get(target, headers: [("Range", "bytes=1-2")])
        #expect(part.status == 206)
        #expect(part.body == [0x0a, 1])
        let index = try await setUp.client.get(String(urls.index.dropFirst(base.count)))
        #expect(try Logpb_LogIndex(serializedBytes: index.body).desc.name == "a")
        let other = target.replacing("logstream.entries", with: "logstream.index")
        #expect(try await setUp.client.get(other).status == 403)
        let later = target.replacing("expires=1", with: "expires=2")
        #expect(try await setUp.client.get(later).status == 403)
        await setUp.advance(by: .seconds(61))
        #expect(try await setUp.client.get(target).status == 403)
        try await setUp.stop()
    }
}
