import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What a connection of a benchmark could not do.
struct LoadFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A system call that failed.
    init(call: String) { self.init("\(call): \(String(cString: strerror(errno)))") }
}

/// A TCP connection to a server on this machine.
///
/// Reads and writes wait until `isBlocking` is unset; then those that would have to return at once.
final class LoadSocket {
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw LoadFailure(call: "socket") }
        var address = Self.loopback(port: port)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw LoadFailure(call: "connect to port \(port)") }
        Self.sendAtOnce(descriptor)
    }

    deinit { close(descriptor) }

    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// Small requests are not held back for more.
    static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    static func stopBlocking(_ descriptor: Int32) throws {
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
            throw LoadFailure(call: "fcntl")
        }
    }

    /// Sends the front of `bytes`, as much as there is room for, and returns what is left.
    func send(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EAGAIN { return rest }
            guard sent > 0 else { throw LoadFailure(call: "send") }
            rest = rest.dropFirst(sent)
        }
        return rest
    }

    /// Appends what has come to `bytes`; waits for something only while the socket blocks.
    func receive(into bytes: inout [UInt8]) throws {
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { throw LoadFailure("the server closed a connection") }
        bytes += buffer[..<count]
    }
}

/// Tells which of many sockets are ready; level-triggered. For some hundreds of them.
struct ReadinessPoll {
    private var watched: [pollfd] = []
    private var tags: [Int] = []

    mutating func add(_ socket: Int32, tag: Int) {
        watched.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
        tags.append(tag)
    }

    /// A tag is added before it is changed, and stands where it was added.
    mutating func change(_ tag: Int, forWriting: Bool) {
        guard let index = tags.firstIndex(of: tag) else { return }
        watched[index].events = Int16(POLLIN) | (forWriting ? Int16(POLLOUT) : 0)
    }

    mutating func remove(_ tag: Int) {
        guard let index = tags.firstIndex(of: tag) else { return }
        watched.remove(at: index)
        tags.remove(at: index)
    }

    /// The tags of what is ready; empty after `milliseconds` of nothing.
    mutating func wait(milliseconds: Int32) throws -> [Int] {
        let count = poll(&watched, nfds_t(watched.count), milliseconds)
        guard count >= 0 || errno == EINTR else { throw LoadFailure(call: "poll") }
        guard count > 0 else { return [] }
        return watched.indices.filter { watched[$0].revents != 0 }.map { tags[$0] }
    }
}
