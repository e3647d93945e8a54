import NIOCore
import NIOHTTP1
import NIOPosix
import Platform

/// What a server answered.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]
}

/// A small HTTP/1.1 client: a connection a request, which costs nothing that the few large
/// requests of LogDog's clients would notice.
package struct HTTPClient: Sendable {
    /// What the original's clients take of a reply (`spec/prpc.md §5`).
    private static let answerLimit = 33_521_664

    package let server: ServerAddress

    package init(_ server: ServerAddress) { self.server = server }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Sends a request and reads the whole answer.
    package func send(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws(ClientFailure) -> HTTPAnswer {
        do {
            let answer = try await exchange(method, path, headers, body) { parts in
                try await Self.gather(&parts)
            }
            return answer
        } catch let failure as ClientFailure {
            throw failure
        } catch {
            throw .unreachable("\(server): \(Self.words(for: error))")
        }
    }

    /// Sends a GET and hands over the answer's body as it comes.
    ///
    /// - Parameters:
    ///   - onHead: told the status; what it throws ends the exchange.
    ///   - onBytes: told each piece; returns false to end.
    package func stream(
        _ path: String, headers: [(String, String)],
        onHead: @escaping @Sendable (Int) throws -> Void,
        onBytes: @escaping @Sendable ([UInt8]) throws -> Bool
    ) async throws(ClientFailure) {
        do {
            try await exchange(.GET, path, headers, []) { parts in
                while let part = try await parts.next() {
                    switch part {
                    case .head(let head): try onHead(Int(head.status.code))
                    case .body(let bytes):
                        guard try onBytes(Array(bytes.readableBytesView)) else { return }
                    case .end: return
                    }
                }
            }
        } catch let failure as ClientFailure {
            throw failure
        } catch {
            throw .unreachable("\(server): \(Self.words(for: error))")
        }
    }

    /// What people are told of a connection that failed.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "no such host" }
            return words(for: first.error)
        case let error as IOError: return systemErrorText(error.errnoCode)
        case is HTTPParserError: return "the connection ended within the answer"
        case ChannelError.connectTimeout: return "no answer"
        default: return "\(error)"
        }
    }

    private func exchange<Result: Sendable>(
        _ method: HTTPMethod, _ path: String, _ headers: [(String, String)], _ body: [UInt8],
        _ read:
            @escaping @Sendable (
                inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
            ) async throws -> Result
    ) async throws -> Result {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
        let connection = try await bootstrap.connect(host: server.host, port: server.port) {
            channel in
            channel.eventLoop.makeCompletedFuture { () -> Connection in
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: "\(server.host):\(server.port)")
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "Content-Length", value: "\(body.count)")
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        if let token = server.token {
            head.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        let request = head
        return try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(.head(request))
            if !body.isEmpty {
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body))))
            }
            try await outbound.write(.end(nil))
            var parts = inbound.makeAsyncIterator()
            return try await read(&parts)
        }
    }

    private static func gather(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> HTTPAnswer {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        while let part = try await parts.next() {
            switch part {
            case .head(let found): head = found
            case .body(let bytes):
                body += bytes.readableBytesView
                guard body.count <= answerLimit else {
                    throw ClientFailure.illFormed("it exceeds \(answerLimit) bytes")
                }
            case .end:
                guard let head else { break }
                return HTTPAnswer(
                    status: Int(head.status.code), headers: head.headers, body: body)
            }
        }
        throw ClientFailure.unreachable("the connection ended within the answer")
    }
}
