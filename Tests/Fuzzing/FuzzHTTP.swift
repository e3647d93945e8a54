import Foundation
import PRPCServer

/// The server's own pipeline, over a loopback socket: what a client sends, up to its end.
enum FuzzHTTP {
    private struct Echo: HTTPHandler {
        func reply(to request: HTTPRequest) async -> HTTPReply {
            HTTPReply(status: 200, body: .bytes(Array(request.body.prefix(1024))))
        }
    }

    private static let port: Int = {
        let started = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var port = 0
        Task.detached {
            var limits = ServerLimits()
            limits.bodyBytes = 1 << 16
            do {
                port = try await HTTPServer.start(
                    host: "127.0.0.1", port: 0, handler: Echo(), limits: limits
                ).port
            } catch {
                preconditionFailure("a loopback port can be had: \(error)")
            }
            started.signal()
        }
        started.wait()
        return port
    }()

    static func takeRequest(_ bytes: [UInt8]) { converse(bytes) }

    static func takeChunks(_ bytes: [UInt8]) {
        let head = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        converse(Array(head.utf8) + bytes)
    }

    /// Sends and reads until the server closes, as it must once nothing more comes.
    private static func converse(_ bytes: [UInt8]) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        precondition(socket >= 0, "a socket can be had")
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(connected == 0, "the server takes connections, whatever came before")
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // It may have heard enough.
            guard count > 0 else { break }
            sent += count
        }
        shutdown(socket, Int32(SHUT_WR))
        var buffer = [UInt8](repeating: 0, count: 4096)
        while recv(socket, &buffer, buffer.count, 0) > 0 {}
    }
}
