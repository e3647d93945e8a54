import ByteCoding
import LogDogClient

/// etcd, one member, over gRPC: a Put a line; lines together are one transaction of Puts.
struct EtcdPeer: Peer {
    let name = "etcd"
    let settings = "one member, as shipped, gRPC"

    func version() -> String? {
        ServerChild.printed(by: ["etcd", "--version"])?
            .split(separator: "\n").first.map { String($0.split(separator: " ").last ?? "") }
    }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let port = try ServerChild.freePort()
        let peerPort = try ServerChild.freePort()
        let client = "http://127.0.0.1:\(port)"
        let member = "http://127.0.0.1:\(peerPort)"
        let server = try ServerChild(
            [
                "etcd", "--data-dir", "\(directory)/data", "--log-level", "error",
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", member, "--initial-advertise-peer-urls", member,
                "--initial-cluster", "default=\(member)",
                "--quota-backend-bytes", "\(8 << 30)",
            ], in: directory)
        defer { server.stop() }
        try server.waitUntilListening(port: port)
        let lines = ButlerMessages.lines(seed: seed)
        var generator = try LoadGenerator(
            port: port,
            (0..<work.producers).map {
                EtcdConversation(stream: $0, lines: lines, batch: work.linesPerRequest)
            })
        let load = try generator.run(seconds: seconds)
        try await Self.check(load.requests * work.linesPerRequest, port: port)
        return PeerResult(load, work)
    }

    /// The replies' status is not read, so the keys are counted afterwards.
    private static func check(_ expected: Int, port: Int) async throws {
        guard let address = ServerAddress("127.0.0.1:\(port)") else {
            throw LoadFailure("port \(port) is no port")
        }
        // From the lowest key on: a zero byte means that in both places.
        let range = #"{"key":"AA==","range_end":"AA==","count_only":true}"#
        let reply = try await HTTPClient(address).send(
            .POST, "/v3/kv/range", body: Array(range.utf8))
        let text = String(decoding: reply.body, as: UTF8.self)
        guard text.contains("\"count\":\"\(expected)\"") else {
            throw LoadFailure("\(expected) keys were put, etcd says \(text)")
        }
    }
}

/// The least of gRPC over HTTP/2 that one call at a time needs; header compression is not used.
private struct EtcdConversation: LoadConversation {
    private enum Frame {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
    }
    private static let acknowledged: UInt8 = 1
    private static let endOfStream: UInt8 = 1
    private static let endOfHeaders: UInt8 = 4

    private let stream: Int
    private let lines: [[UInt8]]
    private let batch: Int
    private let headers: [UInt8]
    private var index = 0
    private var call: UInt32 = 1

    init(stream: Int, lines: [[UInt8]], batch: Int) {
        self.stream = stream
        self.lines = lines
        self.batch = batch
        let method = batch == 1 ? "Put" : "Txn"
        headers = Self.block([
            (":method", "POST"), (":scheme", "http"), (":path", "/etcdserverpb.KV/\(method)"),
            (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc"),
        ])
    }

    /// Literals without indexing, neither text Huffman-coded.
    private static func block(_ fields: [(name: String, value: String)]) -> [UInt8] {
        var block: [UInt8] = []
        for field in fields {
            block.append(0)
            block.appendLengthPrefixed(field.name)
            block.appendLengthPrefixed(field.value)
        }
        return block
    }

    func open(_ socket: LoadSocket) throws {
        var hello = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        // No dynamic table for headers (setting 1), and as large a window as there is (setting 4).
        let settings: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]
        hello += Self.frame(Frame.settings, 0, 0, settings)
        hello += Self.frame(Frame.windowUpdate, 0, 0, Self.integer(0x7fff_0000))
        _ = try socket.send(hello[...])
    }

    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool {
        let message = batch == 1 ? put() : transaction()
        bytes += Self.frame(Frame.headers, Self.endOfHeaders, call, headers)
        let prefixed = [0] + Self.integer(UInt32(message.count)) + message
        bytes += Self.frame(Frame.data, Self.endOfStream, call, prefixed)
        call += 2
        return true
    }

    /// `PutRequest { key = 1, value = 2 }`.
    private mutating func put() -> [UInt8] {
        let line = lines[(stream * 131 + index) % lines.count]
        var message: [UInt8] = [0x0a]
        message.appendLengthPrefixed("s\(stream)/\(index)")
        message.append(0x12)
        message.appendLengthPrefixed(line)
        index += 1
        return message
    }

    /// `TxnRequest { success = 2 { request_put = 2 } }`.
    private mutating func transaction() -> [UInt8] {
        var message: [UInt8] = []
        for _ in 0..<batch {
            var operation: [UInt8] = [0x12]
            operation.appendLengthPrefixed(put())
            message.append(0x12)
            message.appendLengthPrefixed(operation)
        }
        return message
    }

    func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int? {
        var position = 0
        while bytes.count - position >= 9 {
            let length = bytes[position..<position + 3].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count - position >= 9 + length else { return nil }
            let (type, flags) = (bytes[position + 3], bytes[position + 4])
            let payload = Array(bytes[position + 9..<position + 9 + length])
            position += 9 + length
            switch type {
            case Frame.headers where flags & Self.endOfStream != 0: return position
            case Frame.reset, Frame.goAway: throw LoadFailure("refused by frame \(type)")
            case Frame.settings where flags & Self.acknowledged == 0:
                answer += Self.frame(Frame.settings, Self.acknowledged, 0, [])
            case Frame.ping where flags & Self.acknowledged == 0:
                answer += Self.frame(Frame.ping, Self.acknowledged, 0, payload)
            default: break
            }
        }
        return nil
    }

    private static func frame(
        _ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]
    ) -> [UInt8] {
        integer(UInt32(payload.count)).dropFirst() + [type, flags] + integer(stream) + payload
    }

    private static func integer(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
