import Foundation
import TestSupport
import Testing

@testable import PRPCServer

/// Unix sockets: what is at the path before and after.
@Suite(.timeLimit(.minutes(1))) struct StreamServerTests {
    @Test func `a socket file that nobody serves is replaced, and is gone after a stop`()
        async throws
    {
        let place = try SocketPlace()
        let stale = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(place.bind(stale) == 0)
        close(stale)
        let server = try await Self.echo(at: place.path)
        let connection = try LoopbackConnection.unix(path: place.path)
        try await connection.send([1, 2, 3])
        connection.finishSending()
        #expect(try await connection.receiveAll() == [1, 2, 3])
        await server.stop()
        #expect(!FileManager.default.fileExists(atPath: place.path))
    }

    @Test func `a socket that is served is not taken over`() async throws {
        let place = try SocketPlace()
        let server = try await Self.echo(at: place.path)
        await #expect(throws: ListenFailure.self) { try await Self.echo(at: place.path) }
        let connection = try LoopbackConnection.unix(path: place.path)
        try await connection.send([7])
        connection.finishSending()
        #expect(try await connection.receiveAll() == [7])
        await server.stop()
    }

    @Test func `a file in the way stays`() async throws {
        let place = try SocketPlace()
        try Data("precious".utf8).write(to: URL(filePath: place.path))
        await #expect(throws: ListenFailure.self) { try await Self.echo(at: place.path) }
        #expect(try Data(contentsOf: URL(filePath: place.path)) == Data("precious".utf8))
    }

    @Test func `a path that is too long or has no directory is a failure that names it`()
        async throws
    {
        let place = try SocketPlace()
        for path in [place.path + String(repeating: "x", count: 120), place.path + "/no/dir"] {
            let failure = await #expect(throws: ListenFailure.self) {
                try await Self.echo(at: path)
            }
            #expect(failure?.description.contains(path) == true)
        }
    }

    @Test func `connections that are open are closed by a stop`() async throws {
        let place = try SocketPlace()
        let server = try await Self.echo(at: place.path)
        let connection = try LoopbackConnection.unix(path: place.path)
        try await connection.send([1])
        #expect(try await connection.receive() == [1])
        await server.stop()
        #expect(try await connection.receiveAll() == [])
    }

    private static func echo(at path: String) async throws(ListenFailure) -> StreamServer {
        try await StreamServer.start(.unix(path: path)) { channel in
            for try await chunk in channel.chunks { try await channel.write(chunk) }
        }
    }
}

/// A short path in a directory of its own, which goes with it.
private final class SocketPlace {
    private let directory: URL
    var path: String { directory.appending(path: "s").path }

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "ld-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false)
    }

    deinit {
        // What cannot be removed is the system's to clean; no test depends on it.
        do { try FileManager.default.removeItem(at: directory) } catch {}
    }

    func bind(_ socket: Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = path
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
