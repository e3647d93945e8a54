import NIOCore
import NIOPosix
import Platform

/// Where a byte stream is listened for: a TCP port or a Unix socket.
package enum StreamAddress: Hashable, Sendable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One connection of a stream server: bytes in, bytes out.
package struct ByteChannel: Sendable {
    let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Pieces as they come; reading slowly slows the sender down.
    package var chunks: AsyncThrowingMapSequence<NIOAsyncChannelInboundStream<ByteBuffer>, [UInt8]>
    {
        inbound.map { Array($0.readableBytesView) }
    }

    package func write(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }
}

/// Accepts connections that carry bytes without HTTP around them.
package final class StreamServer: Sendable {
    private let channel: any Channel
    private let accepting: Task<Void, Never>
    private let address: StreamAddress
    /// The port, for TCP.
    package var port: Int? { channel.localAddress?.port }

    private init(channel: any Channel, accepting: Task<Void, Never>, address: StreamAddress) {
        self.channel = channel
        self.accepting = accepting
        self.address = address
    }

    /// - Parameter serve: runs for each connection; it is closed when the function ends.
    package static func start(
        _ address: StreamAddress,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        serve: @escaping @Sendable (ByteChannel) async throws -> Void
    ) async throws(ListenFailure) -> StreamServer {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            // Who has sent everything may say so and still wants the answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        do {
            let server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>
            switch address {
            case .tcp(let host, let port):
                server = try await bootstrap.serverChannelOption(
                    .socketOption(.so_reuseaddr), value: 1
                ).bind(host: host, port: port, childChannelInitializer: connection)
            case .unix(let path):
                try await refuseIfServed(path, group)
                server = try await bootstrap.bind(
                    unixDomainSocketPath: path, cleanupExistingSocketFile: true,
                    childChannelInitializer: connection)
            }
            let accepting = Task { await accept(from: server, serve) }
            return StreamServer(
                channel: server.channel, accepting: accepting, address: address)
        } catch let failure as ListenFailure {
            throw failure
        } catch {
            let reason = (error as? IOError).map { systemErrorText($0.errnoCode) } ?? "\(error)"
            throw ListenFailure(address: "\(address)", reason: reason)
        }
    }

    /// Takes no more connections, cancels those that are open, and takes its socket file away.
    package func stop() async {
        if case .unix(let path) = address {
            // Somebody has taken it away: nothing to do.
            do { try SystemFileSystem().remove(path) } catch {}
        }
        accepting.cancel()
        do { try await channel.close() } catch {}  // closed already: nothing to do
        await accepting.value
    }

    /// A socket file that nobody serves is left over from a crash and may be replaced; one that
    /// somebody serves may not.
    private static func refuseIfServed(_ path: String, _ group: any EventLoopGroup) async throws {
        let other: any Channel
        do {
            other = try await ClientBootstrap(group: group)
                .connect(unixDomainSocketPath: path).get()
        } catch {
            return
        }
        do { try await other.close() } catch {}  // closed by the other side: nothing to do
        throw ListenFailure(address: path, reason: "another process serves this socket")
    }

    @Sendable private static func connection(
        _ channel: any Channel
    ) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }

    private static func accept(
        from server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>,
        _ serve: @escaping @Sendable (ByteChannel) async throws -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            do {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await run(connection, serve) }
                    }
                }
            } catch {
                // The listener has been closed: no more connections come.
                group.cancelAll()
            }
        }
    }

    private static func run(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ serve: @escaping @Sendable (ByteChannel) async throws -> Void
    ) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                try await serve(ByteChannel(inbound: inbound, outbound: outbound))
            }
        } catch {
            // The sender has gone; what it was not told is sent again.
        }
    }
}
