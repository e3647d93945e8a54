import NIOCore
import NIOHTTP1

/// Writes replies to a connection.
struct HTTPReplyWriter: Sendable {
    let channel: any Channel
    let version: HTTPVersion
    let keepAlive: Bool
    /// Whether the client wants the head alone.
    let isHead: Bool

    /// Whether the connection may go on: not behind a reply that could not be written whole, nor
    /// behind one whose end is told by closing.
    func send(_ reply: HTTPReply) async -> Bool {
        do {
            switch reply.body {
            case .bytes:
                let writer = self
                try await channel.eventLoop.flatSubmit { writer.write(reply) }.get()
            case .stream(let body):
                let goesOn = keepAlive && canChunk
                try await write(.head(head(of: reply, length: nil, keepAlive: goesOn)))
                if !isHead {
                    try await body(
                        HTTPBodyWriter { bytes in
                            try await write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
                        })
                }
                try await write(.end(nil))
                return goesOn
            }
            return keepAlive
        } catch {
            return false
        }
    }

    /// Writes a reply whose body is all there.
    func write(_ reply: HTTPReply) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        write(reply, promise: promise)
        return promise.futureResult
    }

    /// Writes a reply whose body is all there.
    func write(_ reply: HTTPReply, promise: EventLoopPromise<Void>?) {
        guard case .bytes(let bytes) = reply.body else {
            preconditionFailure("a body that is streamed is written by `send`")
        }
        let head = head(of: reply, length: bytes.count, keepAlive: keepAlive)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !bytes.isEmpty, !isHead {
            let body = channel.allocator.buffer(bytes: bytes)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: promise)
    }

    private func write(_ part: HTTPServerResponsePart) async throws {
        try await channel.writeAndFlush(part).get()
    }

    /// HTTP/1.0 knows no chunks.
    private var canChunk: Bool { (version.major, version.minor) >= (1, 1) }

    private func head(of reply: HTTPReply, length: Int?, keepAlive: Bool) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        for (name, value) in reply.headers.all { headers.add(name: name, value: value) }
        if let length { headers.replaceOrAdd(name: "Content-Length", value: String(length)) }
        if !keepAlive {
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if version.minor == 0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        return HTTPResponseHead(
            version: version, status: HTTPResponseStatus(statusCode: reply.status),
            headers: headers)
    }
}
