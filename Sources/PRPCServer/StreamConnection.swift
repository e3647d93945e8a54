import NIOCore

/// One connection of a stream server. Its messages are answered in the order in which they came,
/// in whatever order they are done; when too many wait for that, nothing more is read.
///
/// `@unchecked Sendable`: it belongs to its event loop, where all its functions are called.
package final class StreamConnection: ChannelDuplexHandler, @unchecked Sendable {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// Messages, and bytes in memory for them, that wait for their answers before reading stops.
    private static let openAnswersLimit = 1024
    private static let openBytesLimit = 32 << 20
    /// What is read and forgotten behind a message that ended the conversation, so that the sender
    /// gets to read why.
    private static let forgottenLimit = 32 << 20

    /// Where an answer stands among those of its connection.
    package struct Place: Sendable {
        fileprivate let number: Int
    }

    private struct Answer {
        let cost: Int
        var bytes: [UInt8]?
    }

    private enum Phase {
        case talking
        /// Nothing more is taken: the sender has sent all it will, or the server stops.
        case finishing
        /// What was sent is no message; the bytes that have come since.
        case forgetting(Int)
    }

    /// The user id of whoever is at the other end of a Unix socket; nil over TCP.
    package let peerUser: UInt32?
    private let service: any StreamService
    private var context: ChannelHandlerContext?
    private var phase = Phase.talking
    private var incoming: [UInt8] = []
    /// Those that have not been written, the first one of which has the number `firstOpen`.
    private var open = CircularBuffer<Answer>()
    private var firstOpen = 0
    private var openBytes = 0
    /// The channel wants to be read, and has to wait.
    private var readIsPending = false
    private var inputHasEnded = false
    /// Whether the sender reads what it is answered.
    private var isWritable = true
    /// What has been closed so far by this side.
    private var closed: CloseMode?

    init(_ service: any StreamService, peerUser: UInt32?) {
        self.service = service
        self.peerUser = peerUser
    }

    // Called by the service.

    /// Whether another message may be taken now.
    package var takesMore: Bool {
        guard case .talking = phase, isWritable else { return false }
        return open.count < Self.openAnswersLimit && openBytes < Self.openBytesLimit
    }

    /// The place of the next message's answer.
    ///
    /// - Parameter cost: bytes that are in memory until then.
    package func expectAnswer(cost: Int) -> Place {
        open.append(Answer(cost: cost))
        openBytes += cost
        return Place(number: firstOpen + open.count - 1)
    }

    /// Answers a message, once; sent by `flush`, when all before it have been answered.
    package func answer(_ bytes: [UInt8], at place: Place) {
        let offset = place.number - firstOpen
        precondition(
            0..<open.count ~= offset && open[offset: offset].bytes == nil,
            "a message is answered once")
        open[offset: offset].bytes = bytes
    }

    /// Sends the answers whose turn has come, and goes on with what waited for that.
    package func flush() { goOn() }

    /// What has come is no message: it is told why behind the answers to those before it, and what
    /// it sends from now on is read and forgotten.
    package func refuse(_ reason: [UInt8]) {
        phase = .forgetting(0)
        answer(reason, at: expectAnswer(cost: 0))
    }
}

// Called by the channel.
extension StreamConnection {
    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if case .forgetting(let before) = phase {
            let bytes = before + buffer.readableBytes
            phase = .forgetting(bytes)
            if bytes > Self.forgottenLimit { context.close(promise: nil) }
            return
        }
        if incoming.isEmpty {
            incoming = Array(buffer: buffer)
        } else {
            incoming += buffer.readableBytesView
        }
        goOn()
    }

    package func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { readIsPending = true }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        goOn()
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            inputHasEnded = true
            goOn()
        case is ConnectionRegister.Quiesce:
            if case .talking = phase { phase = .finishing }
            goOn()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whoever closed it: what the sender was not told is sent again.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Reading goes on behind an end, to learn that the sender has closed.
    private var mayRead: Bool {
        if case .talking = phase { takesMore } else { true }
    }

    /// Does what can be done now: takes messages, answers, reads, ends.
    private func goOn() {
        repeat { sendAnswers() } while takeMessages()
        if case .talking = phase, inputHasEnded, takesMore {
            phase = .finishing
            service.inputEnded(with: incoming[...], on: self)
            incoming = []
            sendAnswers()
        }
        endIfDone()
        guard readIsPending, mayRead, let context else { return }
        readIsPending = false
        context.read()
    }

    /// Whether some were there.
    private func takeMessages() -> Bool {
        guard takesMore, !incoming.isEmpty else { return false }
        let taken = service.take(incoming[...], from: self)
        guard case .talking = phase else {
            incoming = []
            return true
        }
        if taken == incoming.count {
            incoming = []
        } else {
            incoming.removeFirst(taken)
        }
        return taken > 0
    }

    private func sendAnswers() {
        guard open.first?.bytes != nil else { return }
        var outgoing = ByteBuffer()
        while let bytes = open.first?.bytes {
            outgoing.writeBytes(bytes)
            openBytes -= open.removeFirst().cost
            firstOpen += 1
        }
        context?.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
    }

    private func endIfDone() {
        guard open.isEmpty else { return }
        switch phase {
        case .talking: break
        case .finishing: close(.all)
        case .forgetting: close(inputHasEnded ? .all : .output)
        }
    }

    /// Closes behind what has been written.
    private func close(_ mode: CloseMode) {
        guard let context, closed != mode else { return }
        closed = mode
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            channel.close(mode: mode, promise: nil)
        }
    }
}
