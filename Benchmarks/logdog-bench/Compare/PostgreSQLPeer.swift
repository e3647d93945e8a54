import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// PostgreSQL as shipped, a row a line: a prepared INSERT for one, COPY for lines together.
struct PostgreSQLPeer: Peer {
    let name = "PostgreSQL"
    let settings = "as shipped (fsync, synchronous_commit on); a row a line, key (stream, index)"

    func version() -> String? {
        Self.binaries.flatMap { ServerChild.printed(by: ["\($0)/postgres", "--version"]) }?
            .split(separator: " ").dropFirst(2).first.map(String.init)
    }

    /// Debian keeps the server's programs apart by version; the highest one is taken.
    private static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
    }()

    /// It refuses to run as root.
    private static let asItsUser: [String] =
        geteuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        guard let binaries = Self.binaries else { throw LoadFailure("there is no PostgreSQL") }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: directory)
        let data = "\(directory)/data"
        let created = ServerChild.printed(
            by: Self.asItsUser + [
                "\(binaries)/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            ])
        guard created != nil else { throw LoadFailure("initdb failed") }
        let port = try ServerChild.freePort()
        let server = try ServerChild(
            Self.asItsUser + [
                "\(binaries)/postgres", "-D", data, "-p", "\(port)", "-k", directory,
                "-c", "listen_addresses=127.0.0.1",
            ], in: directory)
        defer { server.stop() }
        try server.waitUntilListening(port: port)
        try PostgreSQLConversation.createTable(port: port)
        let lines = ButlerMessages.lines(seed: seed)
        var generator = try LoadGenerator(
            port: port,
            (0..<work.producers).map {
                PostgreSQLConversation(stream: $0, lines: lines, batch: work.linesPerRequest)
            })
        return PeerResult(try generator.run(seconds: seconds), work)
    }
}

/// The frontend side of the protocol, version 3: text parameters, one statement under way.
private struct PostgreSQLConversation: LoadConversation {
    private let stream: Int
    private let lines: [[UInt8]]
    private let batch: Int
    private var index = 0

    init(stream: Int, lines: [[UInt8]], batch: Int) {
        self.stream = stream
        self.lines = lines
        self.batch = batch
    }

    static func createTable(port: Int) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while true {
            do {
                let socket = try LoadSocket(port: port)
                try greet(socket)
                return try exchange(
                    message(
                        "Q",
                        text(
                            "create table log (stream int, index bigint, line text, "
                                + "primary key (stream, index))")), socket)
            } catch let failure as LoadFailure {
                // It takes connections a moment before it takes statements.
                guard failure.description.contains("starting up"), ContinuousClock.now < deadline
                else { throw failure }
                usleep(50_000)
            }
        }
    }

    func open(_ socket: LoadSocket) throws {
        try Self.greet(socket)
        let statement = Self.text("insert") + Self.text("insert into log values ($1, $2, $3)")
        try Self.exchange(
            Self.message("P", statement + Self.integer(0, bytes: 2)) + Self.message("S"), socket)
    }

    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool {
        if batch == 1 { bytes += insertion() } else { bytes += copy() }
        return true
    }

    private mutating func insertion() -> [UInt8] {
        let values = [Array("\(stream)".utf8), Array("\(index)".utf8), nextLine()]
        var bind = Self.text("") + Self.text("insert") + Self.integer(0, bytes: 2)
        bind += Self.integer(values.count, bytes: 2)
        for value in values { bind += Self.integer(value.count, bytes: 4) + value }
        bind += Self.integer(0, bytes: 2)
        return Self.message("B", bind)
            + Self.message("E", Self.text("") + Self.integer(0, bytes: 4)) + Self.message("S")
    }

    private mutating func copy() -> [UInt8] {
        var rows: [UInt8] = []
        for _ in 0..<batch {
            rows += "\(stream)\t\(index)\t".utf8
            rows += nextLine()
            rows.append(UInt8(ascii: "\n"))
        }
        return Self.message("Q", Self.text("copy log from stdin")) + Self.message("d", rows)
            + Self.message("c")
    }

    private mutating func nextLine() -> [UInt8] {
        defer { index += 1 }
        return lines[(stream * 131 + index) % lines.count]
    }

    func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int? {
        try Self.replyLength(in: bytes)
    }

    // Messages: a letter, the length of what follows with the length itself, the body.

    /// Where the reply to a statement ends: behind `ReadyForQuery`.
    private static func replyLength(in bytes: [UInt8]) throws -> Int? {
        var position = 0
        while bytes.count - position >= 5 {
            let length = bytes[position + 1..<position + 5].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count - position > length else { return nil }
            if bytes[position] == UInt8(ascii: "E") {
                let text = String(decoding: bytes[position...].prefix(length), as: UTF8.self)
                throw LoadFailure("refused: \(text)")
            }
            let isReady = bytes[position] == UInt8(ascii: "Z")
            position += 1 + length
            if isReady { return position }
        }
        return nil
    }

    private static func greet(_ socket: LoadSocket) throws {
        var start = integer(196_608, bytes: 4)
        for word in ["user", "postgres", "database", "postgres"] { start += text(word) }
        start.append(0)
        try exchange(integer(start.count + 4, bytes: 4) + start, socket)
    }

    private static func exchange(_ request: [UInt8], _ socket: LoadSocket) throws {
        _ = try socket.send(request[...])
        var reply: [UInt8] = []
        while try replyLength(in: reply) == nil { try socket.receive(into: &reply) }
    }

    private static func message(_ letter: Unicode.Scalar, _ body: [UInt8] = []) -> [UInt8] {
        [UInt8(ascii: letter)] + integer(body.count + 4, bytes: 4) + body
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    private static func integer(_ value: Int, bytes count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
