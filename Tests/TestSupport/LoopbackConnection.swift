import Foundation

/// A connection of a test to a server on 127.0.0.1 or on a Unix socket, byte by byte.
///
/// Every call blocks a thread of its own, never one of the shared pool. Closed when it goes.
public final class LoopbackConnection: Sendable {
    private let socket: Int32

    private init(socket: Int32) { self.socket = socket }

    deinit { Foundation.close(socket) }

    public static func tcp(port: Int) throws(LoopbackClient.Failure) -> LoopbackConnection {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return try connect(AF_INET, address)
    }

    public static func unix(path: String) throws(LoopbackClient.Failure) -> LoopbackConnection {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: path.utf8.prefix(room))
        }
        return try connect(AF_UNIX, address)
    }

    private static func connect<Address>(
        _ family: Int32, _ address: Address
    ) throws(LoopbackClient.Failure) -> LoopbackConnection {
        let socket = Foundation.socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw .notConnected(code: errno) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard status == 0 else {
            let code = errno
            Foundation.close(socket)
            throw .notConnected(code: code)
        }
        return LoopbackConnection(socket: socket)
    }

    /// Sends all of `bytes`.
    public func send(_ bytes: [UInt8]) async throws {
        let socket = socket
        try await Self.onThread {
            var done = 0
            while done < bytes.count {
                let count = bytes[done...].withUnsafeBytes {
                    Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw LoopbackClient.Failure.cutShort }
                done += count
            }
        }
    }

    /// Says that nothing more is sent.
    public func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// The next bytes that come, at most `limit`; none once the server has closed.
    public func receive(atMost limit: Int = 1 << 16) async throws -> [UInt8] {
        let socket = socket
        return try await Self.onThread {
            var buffer = [UInt8](repeating: 0, count: limit)
            let count = recv(socket, &buffer, limit, 0)
            guard count >= 0 else { throw LoopbackClient.Failure.cutShort }
            return Array(buffer[..<count])
        }
    }

    /// Everything that comes until the server closes.
    public func receiveAll() async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try await receive()
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    private static func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { caller in
            let thread = Thread {
                do {
                    caller.resume(returning: try body())
                } catch {
                    caller.resume(throwing: error)
                }
            }
            thread.start()
        }
    }
}
