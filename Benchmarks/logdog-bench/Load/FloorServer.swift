import ByteCoding
import Foundation
import Platform

#if canImport(Glibc)
    import Glibc
#endif

/// The least that a durable log over the ingest protocol can do: it finds the frames of what has
/// come, deflates their bodies, writes, syncs, and answers. It checks nothing and finds nothing
/// again. One thread, one commit for all that is there.
final class FloorServer {
    private struct Connection {
        let socket: Int32
        var incoming: [UInt8] = []
        var unanswered = 0
    }

    /// The answer `OK` without text, as a frame.
    private static let accepted: [UInt8] = [1, 0]
    private static let fileSize = 256 << 20
    private static let blockTarget = 64 << 10
    private static let listenerTag = Int(Int32.max)

    private let file: any File
    private var poll = ReadinessPoll()
    private let deflater = Deflater(level: 1)
    private var connections: [Connection] = []
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var position = 0
    /// Bodies of the block in hand, and blocks that are deflated.
    private var block: [UInt8] = []
    private var deflated: [UInt8] = []

    init(directory: String) throws {
        file = try SystemFileSystem().open("\(directory)/floor", .create)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for start in stride(from: 0, to: Self.fileSize, by: zeros.count) {
            try file.write(zeros, at: start)
        }
        try file.sync()
    }

    /// Serves until the process ends; tells its port once it listens.
    func run(_ tell: (Int) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = try ServerChild.freePort()
        var address = LoadSocket.loopback(port: port)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(listener, 512) == 0 else { throw LoadFailure(call: "listen") }
        poll.add(listener, tag: Self.listenerTag)
        tell(port)
        while true { try turn(listener) }
    }

    private func turn(_ listener: Int32) throws {
        var hasWork = false
        for tag in try poll.wait(milliseconds: -1) {
            if tag == Self.listenerTag {
                try accept(listener)
            } else {
                hasWork = receive(tag) || hasWork
            }
        }
        guard hasWork else { return }
        try commit()
        for index in connections.indices where connections[index].unanswered > 0 {
            let count = connections[index].unanswered
            let answers = (0..<count).flatMap { _ in Self.accepted }
            connections[index].unanswered = 0
            _ = answers.withUnsafeBytes {
                send(
                    connections[index].socket, $0.baseAddress, $0.count,
                    Int32(MSG_NOSIGNAL))
            }
        }
    }

    private func accept(_ listener: Int32) throws {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { throw LoadFailure(call: "accept") }
        try LoadSocket.stopBlocking(socket)
        LoadSocket.sendAtOnce(socket)
        poll.add(socket, tag: connections.count)
        connections.append(Connection(socket: socket))
    }

    /// Takes what has come; whether messages are whole now.
    private func receive(_ index: Int) -> Bool {
        let count = buffer.withUnsafeMutableBytes {
            recv(connections[index].socket, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else {
            if count == 0 {
                poll.remove(index)
                close(connections[index].socket)
            }
            return false
        }
        connections[index].incoming += buffer[..<count]
        var reader = ByteReader(connections[index].incoming)
        var end = 0
        while let body = Self.body(&reader) {
            block += body
            end = reader.offset
            connections[index].unanswered += 1
            if block.count >= Self.blockTarget { closeBlock() }
        }
        connections[index].incoming.removeFirst(end)
        return connections[index].unanswered > 0
    }

    /// The body of the next message, behind its metadata; nil if it is not whole.
    private static func body(_ reader: inout ByteReader) -> ArraySlice<UInt8>? {
        do {
            guard try RecordIO.next(from: &reader, limit: 16 << 20) != nil else { return nil }
            return try RecordIO.next(from: &reader, limit: 16 << 20)
        } catch {
            return nil
        }
    }

    private func closeBlock() {
        guard !block.isEmpty else { return }
        deflated.appendLittleEndian(UInt64(block.count))
        deflater.deflate(block[...], into: &deflated)
        block.removeAll(keepingCapacity: true)
    }

    private func commit() throws {
        closeBlock()
        if position + deflated.count > Self.fileSize { position = 0 }
        try file.write(deflated, at: position)
        try file.sync()
        position += deflated.count
        deflated.removeAll(keepingCapacity: true)
    }
}
