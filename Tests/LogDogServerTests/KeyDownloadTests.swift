import PRPCServer
import Platform
import TestSupport
import Testing

@testable import LogDogServer

/// Key sets that are behind a URL.
@Suite(.timeLimit(.minutes(5))) struct KeyDownloadTests {
    /// A server of keys, each path another story, and the URL that its paths are added to.
    private static func server(
        _ keys: Lock<[UInt8]> = Lock([])
    ) async throws -> (server: HTTPServer, url: String) {
        let whole = [UInt8](repeating: 0x20, count: KeyDownload.sizeLimit)
        let router = Router([
            .init(["GET"], "/keys") { _ in
                HTTPReply(status: 200, body: .bytes(keys.withLock { $0 }))
            },
            .init(["GET"], "/broken") { _ in .text(500, "not today") },
            .init(["GET"], "/elsewhere") { _ in .redirect(302, to: "/keys") },
            .init(["GET"], "/large") { _ in HTTPReply(status: 200, body: .bytes(whole)) },
            .init(["GET"], "/too-large") { _ in
                HTTPReply(
                    status: 200,
                    body: .stream { writer in
                        try await writer.write(whole)
                        try await writer.write([0x20])
                    })
            },
            .init(["GET"], "/slow") { _ in
                HTTPReply(
                    status: 200,
                    body: .stream { writer in
                        try await writer.write([0x20])
                        // Ends when the client goes away.
                        for await _ in AsyncStream<Void>(
                            bufferingPolicy: .bufferingNewest(1), { _ in })
                        {}
                    })
            },
        ])
        let server = try await HTTPServer.start(host: "127.0.0.1", port: 0, handler: router)
        return (server, "http://127.0.0.1:\(server.port)")
    }

    private static func failure(of url: String, within limit: Duration = .seconds(30)) async
        -> String
    {
        do {
            let bytes = try await KeyDownload.fetch(url, within: limit)
            return "\(bytes.count) bytes came"
        } catch {
            return "\(error)"
        }
    }

    @Test func `the keys that are there now are fetched each time`() async throws {
        let keys = Lock(Array("old".utf8))
        let (server, url) = try await Self.server(keys)
        #expect(try await KeyDownload.fetch("\(url)/keys") == Array("old".utf8))
        keys.withLock { $0 = Array("new".utf8) }
        #expect(try await KeyDownload.fetch("\(url)/keys") == Array("new".utf8))
        #expect(try await KeyDownload.fetch("\(url)/large").count == KeyDownload.sizeLimit)
        await server.stop(grace: .zero)
    }

    @Test func `an answer that is none says why`() async throws {
        let (server, url) = try await Self.server()
        #expect(await Self.failure(of: "\(url)/broken") == "the answer was 500")
        #expect(await Self.failure(of: "\(url)/nothing") == "the answer was 404")
        #expect(await Self.failure(of: "\(url)/elsewhere") == "the answer was 302")
        #expect(
            await Self.failure(of: "\(url)/too-large")
                == "the answer exceeds \(KeyDownload.sizeLimit) bytes")
        await server.stop(grace: .zero)
        #expect(await Self.failure(of: "\(url)/keys").contains("onnect"))
    }

    @Test func `an answer that does not end is given up`() async throws {
        let (server, url) = try await Self.server()
        let failure = await Self.failure(of: "\(url)/slow", within: .milliseconds(200))
        #expect(failure.hasPrefix("it takes longer than"))
        await server.stop(grace: .zero)
    }
}
