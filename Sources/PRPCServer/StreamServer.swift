import NIOCore
import NIOPosix
import Platform

#if canImport(Glibc)
    import Glibc
#endif

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

/// Accepts connections that carry bytes without HTTP around them.
package final class StreamServer: Sendable {
    /// Connections at once; further ones are closed at once.
    private static let connectionLimit = 20_000
    /// Of all stream servers of the process, for as long as it runs: answers may come after a
    /// server has stopped. Half as many loops as there are cores: the fewer there are, the more of
    /// what comes together is served together.
    private static let group = MultiThreadedEventLoopGroup(
        numberOfThreads: max(1, System.coreCount / 2))

    private let channel: any Channel
    private let connections: ConnectionRegister
    private let address: StreamAddress
    /// The port, for TCP.
    package var port: Int? { channel.localAddress?.port }

    private init(
        channel: any Channel, connections: ConnectionRegister, address: StreamAddress
    ) {
        self.channel = channel
        self.connections = connections
        self.address = address
    }

    /// - Parameter makeService: called for the first connection of each event loop, on that loop.
    package static func start(
        _ address: StreamAddress,
        makeService: @escaping @Sendable (StreamLoop) -> any StreamService
    ) async throws(ListenFailure) -> StreamServer {
        let connections = ConnectionRegister(limit: connectionLimit)
        let services = StreamServices(make: makeService)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            // Who has sent everything may say so and still wants the answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard connections.add(channel) else { return channel.close() }
                return peerUser(of: channel, address).flatMapThrowing { user in
                    let service = services.service(of: channel.eventLoop)
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(service, peerUser: user))
                }
            }
        do {
            let channel: any Channel
            switch address {
            case .tcp(let host, let port):
                // Answers are small, and nobody is helped by holding them back.
                channel =
                    try await bootstrap
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                    .bind(host: host, port: port).get()
            case .unix(let path):
                try await refuseIfServed(path, group)
                channel = try await bootstrap.bind(
                    unixDomainSocketPath: path, cleanupExistingSocketFile: true
                ).get()
            }
            return StreamServer(
                channel: channel, connections: connections, address: address)
        } catch let failure as ListenFailure {
            throw failure
        } catch {
            let reason = (error as? IOError).map { systemErrorText($0.errnoCode) } ?? "\(error)"
            throw ListenFailure(address: "\(address)", reason: reason)
        }
    }

    /// Who is at the other end of a Unix socket, by the kernel's word.
    private static func peerUser(
        of channel: any Channel, _ address: StreamAddress
    ) -> EventLoopFuture<UInt32?> {
        guard case .unix = address, let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        let credentials: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map { $0.user }
    }

    /// `struct ucred` of Linux.
    private struct PeerCredentials: Sendable {
        var process: Int32
        var user: UInt32
        var group: UInt32
    }

    /// Takes no more connections and messages, lets what was taken be answered for up to `grace`,
    /// closes what is left, and takes its socket file away.
    package func stop(grace: Duration) async {
        if case .unix(let path) = address {
            // Somebody has taken it away: nothing to do.
            do { try SystemFileSystem().remove(path) } catch {}
        }
        do { try await channel.close() } catch {}  // closed already: nothing to do
        await connections.stop(grace: grace, on: channel.eventLoop)
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
}

/// One service for each event loop that has connections.
private final class StreamServices: Sendable {
    private let services = Lock<[ObjectIdentifier: any StreamService]>([:])
    private let make: @Sendable (StreamLoop) -> any StreamService

    init(make: @escaping @Sendable (StreamLoop) -> any StreamService) { self.make = make }

    func service(of loop: any EventLoop) -> any StreamService {
        services.withLock { services in
            if let known = services[ObjectIdentifier(loop)] { return known }
            let service = make(StreamLoop(eventLoop: loop))
            services[ObjectIdentifier(loop)] = service
            return service
        }
    }
}
