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
        guard bytes.starts(with: Self.accepted) else {
            throw LoadFailure("refused: \(String(decoding: bytes, as: UTF8.self))")
        }
        guard let length = Self.contentLength(bytes[..<end]) else {
            throw LoadFailure(
                "a reply without a length: \(String(decoding: bytes[..<end], as: UTF8.self))")
        }
        return bytes.count >= end + length ? end + length : nil
    }

    private static let accepted = Array("HTTP/1.1 200".utf8)
    private static let lengthField = Array("content-length:".utf8)

    /// By bytes, so that the client is not what is measured.
    private static func contentLength(_ head: ArraySlice<UInt8>) -> Int? {
        for line in head.split(separator: UInt8(ascii: "\n"))
        where line.count > lengthField.count
            && zip(line, lengthField).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
        {
            let value = line.dropFirst(lengthField.count).filter { $0 > UInt8(ascii: " ") }
            return Int(String(decoding: value, as: UTF8.self))
        }
        return nil
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
