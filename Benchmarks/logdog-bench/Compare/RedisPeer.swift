/// Redis Streams: one stream a producer, one entry a line; together means pipelined.
struct RedisPeer: Peer {
    let name = "Redis Streams"
    let settings = "appendonly yes, appendfsync always, save off"

    func version() -> String? {
        ServerChild.printed(by: ["redis-server", "--version"])?
            .split(separator: " ").first { $0.hasPrefix("v=") }.map { String($0.dropFirst(2)) }
    }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let port = try ServerChild.freePort()
        let server = try ServerChild(
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory,
                "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            ], in: directory)
        defer { server.stop() }
        try server.waitUntilListening(port: port)
        let lines = ButlerMessages.lines(seed: seed)
        var generator = try LoadGenerator(
            port: port,
            (0..<work.producers).map {
                RedisConversation(stream: $0, lines: lines, batch: work.linesPerRequest)
            })
        return PeerResult(try generator.run(seconds: seconds), work)
    }
}

/// `XADD stream * l LINE`, so many at once; each is answered by a bulk string.
private struct RedisConversation: LoadConversation {
    private let head: [UInt8]
    private let lines: [[UInt8]]
    private let batch: Int
    private var next: Int

    init(stream: Int, lines: [[UInt8]], batch: Int) {
        let key = "stream:\(stream)"
        head = Array(
            "*5\r\n$4\r\nXADD\r\n$\(key.utf8.count)\r\n\(key)\r\n$1\r\n*\r\n$1\r\nl\r\n".utf8)
        self.lines = lines
        self.batch = batch
        next = stream * 131
    }

    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool {
        for _ in 0..<batch {
            let line = lines[next % lines.count]
            next += 1
            bytes += head
            bytes += "$\(line.count)\r\n".utf8
            bytes += line
            bytes += "\r\n".utf8
        }
        return true
    }

    /// A reply is `$LENGTH\r\nID\r\n`: two lines.
    mutating func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int? {
        if bytes.first == UInt8(ascii: "-") {
            throw LoadFailure("refused: \(String(decoding: bytes, as: UTF8.self))")
        }
        var ends = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            ends += 1
            if ends == 2 * batch { return index + 1 }
        }
        return nil
    }
}
