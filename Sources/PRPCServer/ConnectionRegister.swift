import NIOCore
import Platform

/// The connections that are open, so that a server can be stopped without cutting answers short.
final class ConnectionRegister: Sendable {
    /// Tells a connection to end after the request that it is answering.
    struct Quiesce: Sendable {}

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let limit: Int
    private let state = Lock(State())

    init(limit: Int) { self.limit = limit }

    var count: Int { state.withLock { $0.channels.count } }

    /// False if the connection may not be: there are too many, or the server stops.
    func add(_ channel: any Channel) -> Bool {
        let isWelcome = state.withLock { state in
            guard !state.isStopping, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        if isWelcome {
            channel.closeFuture.whenComplete { [self] _ in
                state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
            }
        }
        return isWelcome
    }

    /// Lets connections end what they are at for up to `grace`, and closes what is left.
    func stop(grace: Duration, on loop: any EventLoop) async {
        quiesce()
        let drained = drained(on: loop)
        let deadline = loop.scheduleTask(in: .milliseconds(grace.milliseconds)) { [self] in
            closeAll()
        }
        do { try await drained.get() } catch {}  // a connection's own error does not concern us
        deadline.cancel()
    }

    private func quiesce() {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(Quiesce()) }
    }

    /// Completes when no connection is left.
    private func drained(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let channels = state.withLock { Array($0.channels.values) }
        return .andAllComplete(channels.map(\.closeFuture), on: loop)
    }

    private func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) {
            channel.close(promise: nil)
        }
    }
}
