import Foundation
import TestSupport
import Testing

@testable import PRPCServer

/// Bytes that are no good HTTP: what is answered, and whether the connection goes on.
@Suite(.timeLimit(.minutes(5))) struct MalformedRequestTests {
    private static func start(
        _ change: (inout ServerLimits) -> Void = { _ in }
    ) async throws -> HTTPServer {
        var limits = ServerLimits()
        limits.bodyBytes = 1000
        change(&limits)
        let router = Router([
            .init(["GET", "HEAD", "POST"], "/*") { request in
                .text(200, "\(request.method) \(request.target) \(request.body.count)")
            }
        ])
        return try await HTTPServer.start(
            host: "127.0.0.1", port: 0, handler: router, limits: limits)
    }

    /// All that comes back for `text`, after which nothing more is sent.
    private static func answer(
        _ text: String, closing: Bool = true, from server: HTTPServer
    ) async throws -> String {
        let connection = try LoopbackConnection.tcp(port: server.port)
        try await connection.send(Array(text.utf8))
        if closing { connection.finishSending() }
        return String(decoding: try await connection.receiveAll(), as: UTF8.self)
    }

    /// A request that breaks HTTP is answered 400 or 431 and the connection closed, though the
    /// client would go on.
    @Test(arguments: [
        "complete nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBig: " + String(repeating: "x", count: 100_000) + "\r\n\r\n",
    ])
    func `a request that breaks HTTP is refused and its connection closed`(
        _ request: String
    ) async throws {
        let server = try await Self.start()
        let answer = try await Self.answer(request, from: server)
        let isRefused =
            answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 431")
        #expect(isRefused, "\(answer.prefix(300))")
        let next = try await LoopbackClient(port: server.port).get("/next")
        #expect(next.status == 200)
        await server.stop(grace: .zero)
    }

    @Test func `more header fields than the limit are refused`() async throws {
        let server = try await Self.start { $0.headerFields = 10 }
        let fields = (0..<11).map { "F\($0): x\r\n" }.joined()
        let answer = try await Self.answer(
            "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", from: server)
        #expect(answer.hasPrefix("HTTP/1.1 431"), "\(answer)")
        await server.stop(grace: .zero)
    }

    @Test func `a chunked body above the limit is refused while it comes`() async throws {
        let server = try await Self.start()
        let chunk = "190\r\n" + String(repeating: "x", count: 400) + "\r\n"
        let answer = try await Self.answer(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk
                + chunk + "0\r\n\r\n", closing: false, from: server)
        #expect(answer.hasPrefix("HTTP/1.1 503"), "\(answer)")
        #expect(answer.lowercased().contains("x-prpc-grpc-code: 14"))
        await server.stop(grace: .zero)
    }

    @Test func `requests one behind the other are answered in order on one connection`()
        async throws
    {
        let server = try await Self.start()
        let requests = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        let last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let answer = try await Self.answer(requests + last, closing: false, from: server)
        let targets = answer.split(separator: "\r\n").compactMap { line in
            line.hasPrefix("GET /") ? String(line.split(separator: " ")[1]) : nil
        }
        #expect(targets.isEmpty == false)
        let bodies = answer.matches(of: /GET (\/\w+) 0/).map { String($0.output.1) }
        #expect(bodies == (0..<20).map { "/\($0)" } + ["/last"])
        await server.stop(grace: .zero)
    }

    @Test func `a body that is cut short is not handed on`() async throws {
        let server = try await Self.start()
        let answer = try await Self.answer(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", from: server)
        #expect(answer.hasPrefix("HTTP/1.1 499"), "\(answer)")
        #expect(answer.lowercased().contains("x-prpc-grpc-code: 1\r\n"))
        await server.stop(grace: .zero)
    }

    @Test func `a body that does not come is given up`() async throws {
        let server = try await Self.start { $0.idleTimeout = .milliseconds(50) }
        let answer = try await Self.answer(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", closing: false,
            from: server)
        #expect(answer.hasPrefix("HTTP/1.1 504"), "\(answer)")
        #expect(answer.lowercased().contains("x-prpc-grpc-code: 4\r\n"))
        await server.stop(grace: .zero)
    }

    @Test func `HTTP 1.0 gets a body of unknown length without chunks, ended by closing`()
        async throws
    {
        let router = Router([
            .init(["GET"], "/*") { _ in
                HTTPReply(
                    status: 200,
                    body: .stream { writer in
                        for piece in ["ab", "cd"] { try await writer.write(Array(piece.utf8)) }
                    })
            }
        ])
        let server = try await HTTPServer.start(host: "127.0.0.1", port: 0, handler: router)
        let answer = try await Self.answer(
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", closing: false, from: server)
        #expect(answer.hasSuffix("\r\n\r\nabcd"), "\(answer)")
        #expect(!answer.lowercased().contains("transfer-encoding"))
        #expect(answer.lowercased().contains("connection: close"))
        await server.stop(grace: .zero)
    }

    @Test func `HTTP 1.0 and HEAD are answered, and 100-continue is granted`() async throws {
        let server = try await Self.start()
        let old = try await Self.answer("GET /old HTTP/1.0\r\n\r\n", closing: false, from: server)
        #expect(old.contains("GET /old 0"))
        let head = try await Self.answer(
            "HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", closing: false,
            from: server)
        #expect(head.contains("Content-Length: 10") && head.hasSuffix("\r\n\r\n"), "\(head)")
        let waiting = try await Self.answer(
            "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                + "Connection: close\r\n\r\nab", closing: false, from: server)
        #expect(waiting.hasPrefix("HTTP/1.1 100"), "\(waiting)")
        #expect(waiting.contains("POST /w 2"))
        await server.stop(grace: .zero)
    }

    @Test func `a connection too many is closed, and one that ends makes room`() async throws {
        let server = try await Self.start { $0.connections = 1 }
        let held = try LoopbackConnection.tcp(port: server.port)
        try await held.send(Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        _ = try await held.receive()
        do throws(LoopbackClient.Failure) {
            let reply = try await LoopbackClient(port: server.port).get("/b")
            Issue.record("the second connection was answered \(reply.status)")
        } catch {
            #expect(error == .cutShort)
        }
        held.finishSending()
        _ = try await held.receiveAll()
        var status: Int?
        for _ in 0..<1000 where status == nil {
            do throws(LoopbackClient.Failure) {
                status = try await LoopbackClient(port: server.port).get("/c").status
            } catch {
                #expect(error == .cutShort)
            }
        }
        #expect(status == 200)
        await server.stop(grace: .zero)
    }
}
