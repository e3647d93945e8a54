import NIOCore
import NIOHTTP1
import NIOPosix
import Platform

/// Why a server cannot listen; the text names the address.
package struct ListenFailure: Error, CustomStringConvertible {
    package let address: String
    package let reason: String

    package var description: String { "cannot listen on \(address): \(reason)" }
}

/// An HTTP/1.1 server on one address.
package final class HTTPServer: Sendable {
    private let channel: any Channel
    private let connections: ConnectionRegister
    /// The port that it listens on, also when any was asked for.
    package let port: Int

    private init(channel: any Channel, connections: ConnectionRegister, port: Int) {
        self.channel = channel
        self.connections = connections
        self.port = port
    }

    package static func start(
        host: String, port: Int, handler: any HTTPHandler, limits: ServerLimits = ServerLimits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(ListenFailure) -> HTTPServer {
        let connections = ConnectionRegister(limit: limits.connections)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 16)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard connections.add(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    try serve(channel, handler, limits, connections)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            return HTTPServer(
                channel: channel, connections: connections,
                port: channel.localAddress?.port ?? port)
        } catch {
            throw ListenFailure(address: "\(host):\(port)", reason: Self.text(of: error))
        }
    }

    /// Answers what comes in on a channel that is no socket, on its event loop alone if `handler`
    /// is brief.
    package static func serve(
        _ channel: any Channel, handler: any HTTPHandler, limits: ServerLimits
    ) throws {
        try serve(channel, handler, limits, ConnectionRegister(limit: 1))
    }

    private static func serve(
        _ channel: any Channel, _ handler: any HTTPHandler, _ limits: ServerLimits,
        _ connections: ConnectionRegister
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(allTimeout: limits.idleTimeout))
        try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
        try pipeline.addHandler(
            HTTPConnection(handler: handler, limits: limits, connections: connections))
    }

    /// Takes no more connections, lets requests that came be answered for up to `grace`, and
    /// closes what is left.
    package func stop(grace: Duration) async {
        do { try await channel.close() } catch {}  // closed already: nothing to do
        await connections.stop(grace: grace, on: channel.eventLoop)
    }

    private static func text(of error: any Error) -> String {
        (error as? IOError).map { systemErrorText($0.errnoCode) } ?? "\(error)"
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
