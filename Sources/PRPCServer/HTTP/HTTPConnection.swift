import NIOCore
import NIOHTTP1
import RPCStatus

/// One connection: gathers a request, has it answered, writes the answer.
///
/// The pipeline before it lets one request through at a time, so answers are in order.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case receiving(HTTPRequestHead, ByteBuffer)
        /// The rest of a refused request is read and forgotten, so that the client gets to read
        /// why; with the bytes so far.
        case discarding(Int)
        case answering(Task<Void, Never>)
    }

    private let handler: any HTTPHandler
    private let limits: ServerLimits
    private let connections: ConnectionRegister
    private var state = State.idle
    private var isClosing = false
    /// For answers that are brief; made for the first of them.
    private var executor: LoopExecutor?

    init(handler: any HTTPHandler, limits: ServerLimits, connections: ConnectionRegister) {
        self.handler = handler
        self.limits = limits
        self.connections = connections
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head, context)
        case .body(let part): receive(part, context)
        case .end:
            if case .discarding = state { context.close(promise: nil) } else { answer(context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let task) = state { task.cancel() }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is IdleStateHandler.IdleStateEvent:
            switch state {
            case .answering: return
            case .receiving: refuse(.deadlineExceeded, "the request body does not come", context)
            case .idle, .discarding: break
            }
            context.close(promise: nil)
        case ChannelEvent.inputClosed:
            // The client has sent all it will; it may still read the answer.
            if case .answering = state { isClosing = true } else { context.close(promise: nil) }
        case is ConnectionRegister.Quiesce:
            isClosing = true
            if case .idle = state { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// What is no HTTP is refused where nothing has been answered yet.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        switch (state, error) {
        case (.answering, _), (.discarding, _): break
        case (_, .headerOverflow):
            refuse(.invalidArgument, status: 431, "the header is too long", context)
        case (.receiving, .invalidEOFState):
            refuse(.cancelled, "the request body is cut short", context)
        case (.idle, .invalidEOFState), (_, .closedConnection): break
        default: refuse(.invalidArgument, "the request breaks HTTP: \(error)", context)
        }
        context.close(promise: nil)
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers.count <= limits.headerFields else {
            return refuse(
                .invalidArgument, status: 431, "more than \(limits.headerFields) header fields",
                context)
        }
        guard head.version != .http1_1 || head.headers["host"].count == 1 else {
            return refuse(.invalidArgument, "a request has one Host", context)
        }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }),
            length > limits.bodyBytes
        {
            return refuse(
                .unavailable, "the request body of \(length) bytes exceeds \(limits.bodyBytes)",
                context)
        }
        if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            let go = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
        }
        state = .receiving(head, ByteBuffer())
    }

    private func receive(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        if case .discarding(let bytes) = state {
            let total = bytes + part.readableBytes
            state = .discarding(total)
            if total > limits.bodyBytes { context.close(promise: nil) }
            return
        }
        guard case .receiving(let head, var body) = state else { return }
        guard body.readableBytes + part.readableBytes <= limits.bodyBytes else {
            return refuse(
                .unavailable, "the request body exceeds the limit of \(limits.bodyBytes) bytes",
                context)
        }
        state = .idle
        var part = part
        body.writeBuffer(&part)
        state = .receiving(head, body)
    }

    /// Answers before the request has come, as pRPC would, and closes the connection.
    private func refuse(
        _ code: StatusCode, status: Int? = nil, _ text: String, _ context: ChannelHandlerContext
    ) {
        state = .discarding(0)
        isClosing = true
        var reply = HTTPReply.text(status ?? code.httpStatus, text)
        reply.headers.add("X-Prpc-Grpc-Code", "\(code.rawValue)")
        HTTPReplyWriter(
            channel: context.channel, version: .http1_1, keepAlive: false, isHead: false
        ).write(reply).cascade(to: nil)
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard case .receiving(let head, let body) = state else { return }
        var fields = HTTPFields()
        for (name, value) in head.headers { fields.add(name, MediaType.trimmed(value)) }
        let request = HTTPRequest(
            method: head.method.rawValue, target: head.uri, headers: fields,
            body: Array(buffer: body))
        let exchange = HTTPExchange(
            request: request, handler: handler,
            writer: HTTPReplyWriter(
                channel: context.channel, version: head.version,
                keepAlive: head.isKeepAlive && !isClosing, isHead: head.method == .HEAD),
            connection: NIOLoopBound(self, eventLoop: context.eventLoop))
        if handler.isBrief(request) {
            let executor = executor ?? LoopExecutor(context.eventLoop)
            self.executor = executor
            state = .answering(Task(executorPreference: executor) { await exchange.run() })
        } else {
            state = .answering(Task { await exchange.run() })
        }
    }

    /// Called on the event loop when the answer has been written.
    func answered(_ channel: any Channel, keepAlive: Bool) {
        state = .idle
        if !keepAlive || isClosing { channel.close(promise: nil) }
    }
}

/// A request on its way to its answer.
private struct HTTPExchange: Sendable {
    let request: HTTPRequest
    let handler: any HTTPHandler
    let writer: HTTPReplyWriter
    let connection: NIOLoopBound<HTTPConnection>

    func run() async {
        let reply = await handler.reply(to: request)
        let channel = writer.channel
        if channel.eventLoop.inEventLoop, case .bytes = reply.body {
            // One that cannot be written closes the connection itself.
            writer.write(reply, promise: nil)
            return connection.value.answered(channel, keepAlive: writer.keepAlive)
        }
        let goesOn = await writer.send(reply)
        channel.eventLoop.execute {
            connection.value.answered(channel, keepAlive: goesOn)
        }
    }
}
