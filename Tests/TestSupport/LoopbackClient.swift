import Foundation
import Platform

/// A plain HTTP/1.1 client for servers of tests on 127.0.0.1: one connection a request.
///
/// It shares no code with the product, so that the two cannot be wrong together.
public struct LoopbackClient: Sendable {
    public let port: Int

    public init(port: Int) { self.port = port }

    /// What a server answered.
    public struct Reply: Sendable {
        public let status: Int
        /// Names in lower case.
        public let headers: [String: String]
        public let body: [UInt8]
    }

    /// Why there was no whole answer.
    public enum Failure: Error, Hashable, Sendable {
        case notConnected(code: Int32)
        case cutShort
        case malformed
    }

    public func post(
        _ path: String, headers: [(String, String)] = [], body: [UInt8]
    ) async throws(Failure) -> Reply {
        try await onThread("POST", path, headers: headers, body: body)
    }

    public func get(
        _ path: String, headers: [(String, String)] = []
    ) async throws(Failure) -> Reply {
        try await onThread("GET", path, headers: headers, body: [])
    }

    public func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws(Failure) -> Reply {
        try await onThread(method, path, headers: headers, body: body)
    }

    /// Blocking calls have a thread of their own: the shared pool is as small as the machine, and
    /// the server may be in this process.
    private func onThread(
        _ method: String, _ path: String, headers: [(String, String)], body: [UInt8]
    ) async throws(Failure) -> Reply {
        let outcome: Result<Reply, Failure> = await withCheckedContinuation { caller in
            let thread = Thread {
                do throws(Failure) {
                    caller.resume(
                        returning: .success(
                            try send(method, path, headers: headers, body: body)))
                } catch {
                    caller.resume(returning: .failure(error))
                }
            }
            thread.start()
        }
        return try outcome.get()
    }

    /// One binary pRPC call.
    public func call(
        _ service: String, _ method: String, _ message: [UInt8]
    ) async throws(Failure) -> Reply {
        try await post(
            "/prpc/\(service)/\(method)",
            headers: [
                ("Content-Type", "application/prpc; encoding=binary"),
                ("Accept", "application/prpc; encoding=binary"),
            ], body: message)
    }

    private func send(
        _ method: String, _ path: String, headers: [(String, String)], body: [UInt8]
    ) throws(Failure) -> Reply {
        let socket = try connected()
        defer { close(socket) }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        head += "Connection: close\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try write(Array((head + "\r\n").utf8) + body, to: socket)
        return try Self.parse(readAll(from: socket), hasBody: method != "HEAD")
    }

    private func connected() throws(Failure) -> Int32 {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw .notConnected(code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let code = errno
            close(socket)
            throw .notConnected(code: code)
        }
        return socket
    }

    private func write(_ bytes: [UInt8], to socket: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .cutShort }
            done += count
        }
    }

    private func readAll(from socket: Int32) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { throw .cutShort }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Takes a reply apart that came over a connection.
    public static func parse(_ bytes: [UInt8], hasBody: Bool = true) throws(Failure) -> Reply {
        guard !bytes.isEmpty else { throw .cutShort }
        let ending = Array("\r\n\r\n".utf8)
        guard
            let split = bytes.indices.first(where: { bytes[$0...].starts(with: ending) })
        else { throw .cutShort }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        guard let status else { throw .malformed }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw .malformed }
            headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        let body = Array(bytes[(split + ending.count)...])
        if headers["transfer-encoding"] == "chunked" {
            return Reply(status: status, headers: headers, body: try unchunked(body))
        }
        if hasBody, let length = headers["content-length"].flatMap({ Int($0) }) {
            guard body.count >= length else { throw .cutShort }
        }
        return Reply(status: status, headers: headers, body: body)
    }

    private static func unchunked(_ body: [UInt8]) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        var rest = body[...]
        while true {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\r")) else { throw .cutShort }
            let digits = String(decoding: rest[..<end], as: UTF8.self)
            guard let size = Int(digits, radix: 16) else { throw .malformed }
            if size == 0 { return result }
            guard rest.endIndex - end >= size + 4 else { throw .cutShort }
            result += rest[end + 2..<end + 2 + size]
            rest = rest[(end + 2 + size + 2)...]
        }
    }
}
