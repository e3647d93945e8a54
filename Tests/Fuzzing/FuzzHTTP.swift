import NIOCore
import NIOEmbedded
import PRPCServer

/// The server's own pipeline, without a socket: what a client sends, up to its end.
enum FuzzHTTP {
    private struct Echo: HTTPHandler {
        func reply(to request: HTTPRequest) async -> HTTPReply {
            HTTPReply(status: 200, body: .bytes(Array(request.body.prefix(1024))))
        }

        // So that everything happens on the thread that feeds it.
        func isBrief(_ request: HTTPRequest) -> Bool { true }
    }

    private static let limits: ServerLimits = {
        var limits = ServerLimits()
        limits.bodyBytes = 1 << 16
        return limits
    }()

    static func takeRequest(_ bytes: [UInt8]) {
        converse(bytes, piece: max(bytes.count, 1))
        converse(bytes, piece: 7)
    }

    static func takeChunks(_ bytes: [UInt8]) {
        let head = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        takeRequest(Array(head.utf8) + bytes)
    }

    /// Sends piece by piece, until the server closes or as it must once nothing more comes.
    private static func converse(_ bytes: [UInt8], piece: Int) {
        let channel = EmbeddedChannel()
        do {
            try HTTPServer.serve(channel, handler: Echo(), limits: limits)
            channel.connect(
                to: try SocketAddress(unixDomainSocketPath: "/client"), promise: nil)
        } catch {
            preconditionFailure("a channel without a socket serves: \(error)")
        }
        for start in stride(from: 0, to: bytes.count, by: piece) where channel.isActive {
            let part = bytes[start..<min(start + piece, bytes.count)]
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: part))
            channel.pipeline.fireChannelReadComplete()
            channel.embeddedEventLoop.run()
        }
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.embeddedEventLoop.run()
        precondition(!channel.isActive, "a server closes when its client has sent all it will")
    }
}
