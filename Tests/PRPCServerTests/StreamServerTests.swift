import Foundation
import Synchronization
import TestSupport
import Testing

@testable import PRPCServer

/// Unix sockets: what is at the path before and after.
@Suite(.timeLimit(.minutes(5))) struct StreamServerTests {
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
        await server.stop(grace: .seconds(10))
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
        await server.stop(grace: .seconds(10))
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
        await server.stop(grace: .seconds(10))
        #expect(try await connection.receiveAll() == [])
    }

    @Test func `messages are answered in their order, whatever is done first`() async throws {
        let place = try SocketPlace()
        let server = try await StreamServer.start(.unix(path: place.path)) { _ in Backwards() }
        let connection = try LoopbackConnection.unix(path: place.path)
        try await connection.send([1, 2, 3, 0])
        connection.finishSending()
        #expect(try await connection.receiveAll() == [1, 2, 3, 0])
        await server.stop(grace: .seconds(10))
    }

    @Test func `what waits for answers is bounded, and is taken when they are there`()
        async throws
    {
        let place = try SocketPlace()
        let open = Most()
        let server = try await StreamServer.start(.unix(path: place.path)) { loop in
            AfterTheTurn(loop) { open.note($0) }
        }
        let connection = try LoopbackConnection.unix(path: place.path)
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        try await connection.send(bytes)
        connection.finishSending()
        #expect(try await connection.receiveAll() == bytes)
        #expect(open.value.load(ordering: .relaxed) == 1024)
        await server.stop(grace: .seconds(10))
    }

    @Test func `who sends no message reads why, and what follows is forgotten`() async throws {
        let place = try SocketPlace()
        let server = try await StreamServer.start(.unix(path: place.path)) { _ in Backwards() }
        let connection = try LoopbackConnection.unix(path: place.path)
        try await connection.send([1, 0xff, 2])
        #expect(try await connection.receiveAll() == [1, 0xfe])
        try await connection.send([UInt8](repeating: 3, count: 1000))
        await server.stop(grace: .seconds(10))
    }

    private static func echo(at path: String) async throws(ListenFailure) -> StreamServer {
        try await StreamServer.start(.unix(path: path)) { _ in Echo() }
    }
}

/// The largest number of those that were noted, by one thread.
private final class Most: Sendable {
    let value = Atomic(0)

    func note(_ number: Int) {
        if number > value.load(ordering: .relaxed) { value.store(number, ordering: .relaxed) }
    }
}

/// Answers each byte by itself, at once.
private final class Echo: StreamService {
    func take(_ incoming: ArraySlice<UInt8>, from connection: StreamConnection) -> Int {
        for byte in incoming { connection.answer([byte], at: connection.expectAnswer(cost: 1)) }
        return incoming.count
    }

    func inputEnded(with rest: ArraySlice<UInt8>, on connection: StreamConnection) {}
}

/// Answers the bytes up to a zero together, the last one first; 0xff is no message.
private final class Backwards: StreamService, @unchecked Sendable {
    // Of one connection, on its loop.
    private var waiting: [(UInt8, StreamConnection.Place)] = []

    func take(_ incoming: ArraySlice<UInt8>, from connection: StreamConnection) -> Int {
        for byte in incoming {
            guard byte != 0xff else {
                answerAll(on: connection)
                connection.refuse([0xfe])
                break
            }
            waiting.append((byte, connection.expectAnswer(cost: 1)))
            if byte == 0 { answerAll(on: connection) }
        }
        return incoming.count
    }

    func inputEnded(with rest: ArraySlice<UInt8>, on connection: StreamConnection) {}

    private func answerAll(on connection: StreamConnection) {
        for (byte, place) in waiting.reversed() { connection.answer([byte], at: place) }
        waiting = []
    }
}

/// Answers what has come at a turn of the loop together, behind the turn.
private final class AfterTheTurn: StreamService, @unchecked Sendable {
    private let loop: StreamLoop
    private let note: @Sendable (Int) -> Void
    // Of one connection, on its loop.
    private var waiting: [(UInt8, StreamConnection.Place)] = []

    init(_ loop: StreamLoop, note: @escaping @Sendable (Int) -> Void) {
        self.loop = loop
        self.note = note
    }

    func take(_ incoming: ArraySlice<UInt8>, from connection: StreamConnection) -> Int {
        if waiting.isEmpty { loop.run { self.answerAll(on: connection) } }
        var taken = 0
        for byte in incoming where connection.takesMore {
            waiting.append((byte, connection.expectAnswer(cost: 1)))
            taken += 1
        }
        note(waiting.count)
        return taken
    }

    func inputEnded(with rest: ArraySlice<UInt8>, on connection: StreamConnection) {}

    private func answerAll(on connection: StreamConnection) {
        for (byte, place) in waiting { connection.answer([byte], at: place) }
        waiting = []
        connection.flush()
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
