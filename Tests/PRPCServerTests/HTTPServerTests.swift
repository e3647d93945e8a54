import ByteCoding
import Foundation
import NIOPosix
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

@testable import PRPCServer

/// The socket server, with a service that echoes.
@Suite(.timeLimit(.minutes(5))) struct HTTPServerTests {
    private static func start() async throws -> HTTPServer {
        let echo = PRPCMethod("Echo") {
            (request: Google_Protobuf_StringValue, call) async throws(RPCError)
                -> Google_Protobuf_StringValue in
            if request.value == "secret failure" {
                throw RPCError(.internal, "the disk is on fire")
            }
            if request.value == "refused" { throw RPCError(.notFound, "nothing like that") }
            if request.value == "slow" {
                do { try await Task.sleep(for: .seconds(60)) } catch {}
            }
            return request
        }
        var limits = ServerLimits()
        limits.bodyBytes = 1 << 20
        var options = PRPCHandler.Options()
        options.inflatedBodyLimit = 2 << 20
        let rpc = PRPCHandler([PRPCService("test.Echo", [echo])], options: options)
        let router = Router([
            .init(["GET", "POST", "OPTIONS", "PUT"], "/prpc/*") { await rpc.reply(to: $0) },
            .init(["GET"], "/stream") { _ in
                HTTPReply(
                    status: 200,
                    body: .stream { writer in
                        for piece in 0..<100 { try await writer.write(Array("\(piece),".utf8)) }
                    })
            },
        ])
        return try await HTTPServer.start(
            host: "127.0.0.1", port: 0, handler: router, limits: limits)
    }

    @Test func `only a brief answer is worked out on the event loop, and answers keep their order`()
        async throws
    {
        let place: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .text(200, MultiThreadedEventLoopGroup.currentEventLoop == nil ? "pool" : "loop")
        }
        let server = try await HTTPServer.start(
            host: "127.0.0.1", port: 0,
            handler: Router([
                .init(["GET"], "/brief", isBrief: { _ in true }) {
                    // It also comes back to the loop.
                    await Task.yield()
                    return place($0)
                },
                .init(["GET"], "/long") { place($0) },
            ]))
        let connection = try LoopbackConnection.tcp(port: server.port)
        for (path, wish) in [
            ("/brief", "keep-alive"), ("/long", "keep-alive"), ("/brief", "close"),
        ] {
            let head = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: \(wish)\r\n\r\n"
            try await connection.send(Array(head.utf8))
        }
        let replies = String(decoding: try await connection.receiveAll(), as: UTF8.self)
        let bodies = replies.components(separatedBy: "\r\n\r\n").dropFirst()
        #expect(bodies.map { $0.prefix(4) } == ["loop", "pool", "loop"])
        await server.stop(grace: .seconds(10))
    }

    private func call(
        _ server: HTTPServer, _ text: String, _ headers: [(String, String)] = []
    ) async throws -> LoopbackClient.Reply {
        var message = Google_Protobuf_StringValue()
        message.value = text
        return try await LoopbackClient(port: server.port).post(
            "/prpc/test.Echo/Echo", headers: headers, body: message.serializedBytes())
    }

    @Test func `calls are answered with their code, and the text of our own faults is hidden`()
        async throws
    {
        let server = try await Self.start()
        let fine = try await call(server, "hello")
        #expect(fine.status == 200)
        #expect(fine.headers["x-prpc-grpc-code"] == "0")
        #expect(try Google_Protobuf_StringValue(serializedBytes: fine.body).value == "hello")
        let refused = try await call(server, "refused")
        #expect(refused.status == 404)
        #expect(refused.headers["x-prpc-grpc-code"] == "5")
        #expect(String(decoding: refused.body, as: UTF8.self) == "nothing like that\n")
        let hidden = try await call(server, "secret failure")
        #expect(hidden.status == 500)
        #expect(!String(decoding: hidden.body, as: UTF8.self).contains("fire"))
        await server.stop(grace: .zero)
    }

    @Test func `a call past its deadline is given up and answered so`() async throws {
        let server = try await Self.start()
        let reply = try await call(server, "slow", [("X-Prpc-Grpc-Timeout", "50m")])
        #expect(reply.status == 504)
        #expect(reply.headers["x-prpc-grpc-code"] == "4")
        await server.stop(grace: .zero)
    }

    @Test func `a reply above the client's limit is refused with the detail that says so`()
        async throws
    {
        let server = try await Self.start()
        let reply = try await call(
            server, String(repeating: "x", count: 100), [("X-Prpc-Max-Response-Size", "50")])
        #expect(reply.status == 503)
        #expect(reply.headers["x-prpc-status-details-bin"] != nil)
        await server.stop(grace: .zero)
    }

    @Test func `gzip goes both ways, and a bomb is stopped at the limit`() async throws {
        let server = try await Self.start()
        let long = try await call(
            server, String(repeating: "y", count: 5000), [("Accept-Encoding", "gzip")])
        #expect(long.headers["content-encoding"] == "gzip")
        #expect(long.body.count < 500)
        var bomb: [UInt8] = []
        Deflater(level: 9, envelope: .gzip)
            .deflate([UInt8](repeating: 0, count: 3 << 20)[...], into: &bomb)
        let reply = try await LoopbackClient(port: server.port).post(
            "/prpc/test.Echo/Echo", headers: [("Content-Encoding", "gzip")], body: bomb)
        #expect(reply.status == 503)
        await server.stop(grace: .zero)
    }

    @Test func `blanks around the value of a header field are no part of it`() async throws {
        let server = try await Self.start()
        let connection = try LoopbackConnection.tcp(port: server.port)
        let request =
            "POST /prpc/test.Echo/Echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
            + "X-Prpc-Max-Response-Size: \t100 \t\r\nX-Prpc-Grpc-Timeout:  5S \r\n"
            + "Connection: close\r\n\r\n"
        try await connection.send(Array(request.utf8))
        let reply = String(decoding: try await connection.receiveAll(), as: UTF8.self)
        #expect(reply.hasPrefix("HTTP/1.1 200 "), "\(reply)")
        await server.stop(grace: .zero)
    }

    @Test func `too large a body is refused, and the server goes on`() async throws {
        let server = try await Self.start()
        do throws(LoopbackClient.Failure) {
            let refused = try await LoopbackClient(port: server.port).post(
                "/prpc/test.Echo/Echo", body: [UInt8](repeating: 0, count: 2 << 20))
            #expect(refused.status == 503)
        } catch {
            // The connection is closed while the client still sends: it may not get to read why.
            #expect(error == .cutShort)
        }
        #expect(try await call(server, "still here").status == 200)
        await server.stop(grace: .zero)
    }

    @Test func `methods, paths and malformed requests get their status`() async throws {
        let server = try await Self.start()
        let client = LoopbackClient(port: server.port)
        #expect(try await client.get("/prpc/test.Echo/Echo").status == 405)
        #expect(try await client.get("/nothing").status == 404)
        #expect(try await client.post("/prpc/test.Echo/Nothing", body: []).status == 501)
        #expect(try await client.post("/prpc/test.Echo", body: []).status == 404)
        #expect(try await client.post("/prpc/test.Echo/Echo", body: [0xff]).status == 400)
        #expect(try await client.post("/stream", body: []).status == 405)
        await server.stop(grace: .zero)
    }

    @Test func `streamed bodies arrive whole`() async throws {
        let server = try await Self.start()
        let reply = try await LoopbackClient(port: server.port).get("/stream")
        let expected = (0..<100).map { "\($0)," }.joined()
        #expect(String(decoding: reply.body, as: UTF8.self) == expected)
        await server.stop(grace: .zero)
    }

    @Test func `a port that is taken is a failure that names it`() async throws {
        let server = try await Self.start()
        await #expect(throws: ListenFailure.self) {
            try await HTTPServer.start(
                host: "127.0.0.1", port: server.port, handler: Router([]))
        }
        await server.stop(grace: .zero)
    }
}
