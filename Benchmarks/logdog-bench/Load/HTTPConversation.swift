/// Sends prepared bodies to one path over a connection that is kept, until they run out.
struct HTTPConversation: LoadConversation {
    private let head: [UInt8]
    private let bodies: [[UInt8]]
    private var next = 0

    /// - Parameter contentType: of the bodies.
    init(path: String, contentType: String, bodies: [[UInt8]]) {
        head = Array(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(contentType)\r\n".utf8)
        self.bodies = bodies
    }

    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool {
        guard next < bodies.count else { return false }
        bytes += head
        bytes += "Content-Length: \(bodies[next].count)\r\n\r\n".utf8
        bytes += bodies[next]
        next += 1
        return true
    }

    mutating func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int? {
        guard let end = Self.endOfHead(bytes) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        guard head.hasPrefix("http/1.1 200") else {
            throw LoadFailure("refused: \(String(decoding: bytes, as: UTF8.self))")
        }
        let line = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        guard let length = line.flatMap({ Int($0.dropFirst(15).drop { $0 == " " }) }) else {
            throw LoadFailure("a reply without a length: \(head)")
        }
        return bytes.count >= end + length ? end + length : nil
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13
            && bytes[index + 3] == 10
        {
            return index + 4
        }
        return nil
    }
}
