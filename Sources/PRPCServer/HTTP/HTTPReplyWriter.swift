import NIOCore
import NIOHTTP1

/// Writes replies to a connection.
struct HTTPReplyWriter: Sendable {
    let channel: any Channel
    let version: HTTPVersion
    let keepAlive: Bool
    /// Whether the client wants the head alone.
    let isHead: Bool

    /// False if the reply could not be written whole: then the connection must not go on.
    func send(_ reply: HTTPReply) async -> Bool {
        do {
            switch reply.body {
            case .bytes:
                let writer = self
                try await channel.eventLoop.flatSubmit { writer.write(reply) }.get()
            case .stream(let body):
                try await write(.head(head(of: reply, length: nil)))
                if !isHead {
                    try await body(
                        HTTPBodyWriter { bytes in
                            try await write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
                        })
                }
                try await write(.end(nil))
            }
            return true
        } catch {
            return false
        }
    }

    /// Writes a reply whose body is all there.
    func write(_ reply: HTTPReply) -> EventLoopFuture<Void> {
        guard case .bytes(let bytes) = reply.body else {
            preconditionFailure("a body that is streamed is written by `send`")
        }
        let head = head(of: reply, length: bytes.count)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !bytes.isEmpty, !isHead {
            let body = channel.allocator.buffer(bytes: bytes)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        }
        return channel.writeAndFlush(HTTPServerResponsePart.end(nil))
    }

    private func write(_ part: HTTPServerResponsePart) async throws {
        try await channel.writeAndFlush(part).get()
    }

    private func head(of reply: HTTPReply, length: Int?) -> HTTPResponseHead {
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
