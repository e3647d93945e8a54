import Foundation
import LogDogModel
import LogDogProtos
import LogDogServer
import Logging
import PRPCServer
import Platform
import RPCStatus
import TestSupport
import Testing

@testable import LogDogClient

/// The client against servers that answer badly, go away and come back.
@Suite(.timeLimit(.minutes(5))) struct ClientTests {
    @Test(arguments: [
        (200, "accepted"), (400, "dropped"), (403, "dropped"), (404, "dropped"),
        (429, "again"), (500, "again"), (502, "again"), (503, "again"),
    ])
    func `what a server says of a bundle decides what becomes of it`(
        _ status: Int, _ wanted: String
    ) async throws {
        let http = try await Self.server { _ in .text(status, "because") }
        let client = HTTPClient(try #require(ServerAddress("127.0.0.1:\(http.port)")))
        switch await CommandRunner.deliver([1, 2, 3], client) {
        case .accepted: #expect(wanted == "accepted")
        case .dropped(let text): #expect(wanted == "dropped" && text == "because\n")
        case .again(let text): #expect(wanted == "again" && text == "because\n")
        }
        await http.stop(grace: .zero)
        guard case .again = await CommandRunner.deliver([1], client) else {
            Issue.record("a server that is not there may come back")
            return
        }
    }

    @Test func `calls that fail in passing are made again, others are not`() async throws {
        let calls = Lock(0)
        let codes = [14, 13, 2, 5]
        let http = try await Self.server { _ in
            let number = calls.withLock { count in
                count += 1
                return codes[min(count, codes.count) - 1]
            }
            return HTTPReply(
                status: 500, headers: ["X-Prpc-Grpc-Code": "\(number)"],
                body: .bytes(Array("why\n".utf8)))
        }
        let pauses = Lock<[Duration]>([])
        let client = PRPCClient(
            try #require(ServerAddress("127.0.0.1:\(http.port)")),
            pause: { duration in pauses.withLock { $0.append(duration) } })
        let failure = await #expect(throws: ClientFailure.self) {
            let _: Logdog_GetResponse = try await client.call(
                "logdog.Logs", "Get", Logdog_GetRequest())
        }
        #expect("\(try #require(failure))".contains("refused: why"))
        #expect(calls.withLock { $0 } == 4)
        #expect(pauses.withLock { $0 } == PRPCClient.usualPauses)
        await http.stop(grace: .zero)
    }

    @Test func `a reply without a code is ill-formed, and is not asked for again`() async throws {
        let calls = Lock(0)
        let http = try await Self.server { _ in
            calls.withLock { $0 += 1 }
            return .text(404, "what?")
        }
        let client = PRPCClient(try #require(ServerAddress("127.0.0.1:\(http.port)")))
        await #expect(throws: ClientFailure.self) {
            let _: Logdog_GetResponse = try await client.call(
                "logdog.Logs", "Get", Logdog_GetRequest())
        }
        #expect(calls.withLock { $0 } == 1)
        await http.stop(grace: .zero)
    }

    @Test func `output that was not taken before a restart is taken after it`() async throws {
        let host = try RestartableServer()
        var server = try await host.start()
        let client = HTTPClient(try #require(ServerAddress("127.0.0.1:\(server.port)")))
        let secret = try await host.register(on: server.port)
        let port = Lock(server.port)
        let (failures, sawFailure) = AsyncStream<Void>.makeStream()
        let sender = BundleSender(
            .init(project: "p", prefix: "a", secret: secret), streams: ["out"],
            bound: 1 << 20, clock: SystemClock(), pause: { _ in await Task.yield() }
        ) { message in
            let now = port.withLock { $0 }
            let client = now == 0 ? client : ServerAddress("127.0.0.1:\(now)").map(HTTPClient.init)
            guard let client else { return .again("no address") }
            let delivery = await CommandRunner.deliver(message, client)
            if case .again = delivery { sawFailure.yield() }
            return delivery
        }
        sender.append(Array("before\n".utf8)[...], to: 0)
        let sending = Task { await sender.run() }
        try await host.wait(for: 1, on: server.port)
        await server.stop()
        sender.append(Array("between\n".utf8)[...], to: 0)
        for await _ in failures { break }
        server = try await host.start()
        let newPort = server.port
        port.withLock { $0 = newPort }
        sender.append(Array("after\n".utf8)[...], to: 0)
        sender.close(0)
        await sending.value
        #expect(sender.dropped.isEmpty)
        let text = try await host.text(on: server.port)
        #expect(text == "before\nbetween\nafter\n")
        await server.stop()
    }

    @Test(arguments: [true, false])
    func `cat ends at a hole of an archived stream, and says where to read on`(
        _ hasMore: Bool
    ) async throws {
        let asked = Lock<[Logdog_GetRequest]>([])
        let http = try await Self.server { request in
            guard let get = try? Logdog_GetRequest(serializedBytes: request.body) else {
                return .text(400, "not a Get")
            }
            asked.withLock { $0.append(get) }
            var reply = Logdog_GetResponse()
            // 0 and 1 are there, 2 to 4 are not, 5 is if there is more.
            let indexes = (hasMore ? [0, 1, 5] : [0, 1]).filter { $0 >= get.index }
            if get.nonContiguous || indexes.first == get.index {
                reply.logs = indexes.prefix { get.nonContiguous || $0 < 2 }.map { index in
                    Logpb_LogEntry.with { $0.streamIndex = UInt64(index) }
                }
            }
            if get.state {
                reply.state.terminalIndex = 5
                // It is archived only after the reader has met the hole once.
                if asked.withLock({ $0.count }) > 2 { reply.state.archive.indexURL = "x" }
            }
            let body = (try? reply.serializedBytes() as [UInt8]) ?? []
            return HTTPReply(
                status: 200, headers: ["X-Prpc-Grpc-Code": "0"], body: .bytes(body))
        }
        let client = PRPCClient(try #require(ServerAddress("127.0.0.1:\(http.port)")))
        let path = try StreamAddress(parsing: "p/a/+/out")
        let fetcher = LogFetcher(client, path) { _ in }
        var taken: [UInt64] = []
        let failure = await #expect(throws: ClientFailure.self) {
            try await fetcher.entries { taken += $0.map(\.streamIndex) }
        }
        #expect(taken == [0, 1])
        let text = "\(try #require(failure))"
        #expect(text.contains(hasMore ? "entries 2 to 4 never came" : "from 2 on never came"))
        #expect(text.contains("--index 5") == hasMore)
        await http.stop(grace: .zero)
    }

    private static func server(
        _ reply: @escaping @Sendable (HTTPRequest) -> HTTPReply
    ) async throws -> HTTPServer {
        try await HTTPServer.start(
            host: "127.0.0.1", port: 0,
            handler: Router([.init(["POST"], "/*") { request in reply(request) }]))
    }
}

/// One data directory, served by one server after another.
private final class RestartableServer {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-restart-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false)
    }

    deinit {
        // What cannot be removed is the system's to clean; no test depends on it.
        do { try FileManager.default.removeItem(at: directory) } catch {}
    }

    func start() async throws -> LogDogServer {
        var options = ServerOptions(data: directory.appending(path: "data").path)
        options.port = 0
        return try await LogDogServer.start(options, log: Logger(label: "test"))
    }

    func register(on port: Int) async throws -> [UInt8] {
        var request = Logdog_RegisterPrefixRequest()
        request.project = "p"
        request.prefix = "a"
        let reply = try await LoopbackClient(port: port).call(
            "logdog.Registration", "RegisterPrefix", request.serializedBytes())
        return Array(try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret)
    }

    /// Returns once the stream has `count` entries.
    func wait(for count: Int, on port: Int) async throws {
        while try await entries(on: port).count < count {}
    }

    func text(on port: Int) async throws -> String {
        try await entries(on: port).flatMap(\.text.lines).reduce(into: "") { text, line in
            text += String(decoding: line.value, as: UTF8.self) + line.delimiter
        }
    }

    private func entries(on port: Int) async throws -> [Logpb_LogEntry] {
        var request = Logdog_GetRequest()
        request.project = "p"
        request.path = "a/+/out"
        let reply = try await LoopbackClient(port: port).call(
            "logdog.Logs", "Get", request.serializedBytes())
        guard reply.headers["x-prpc-grpc-code"] == "0" else { return [] }
        return try Logdog_GetResponse(serializedBytes: reply.body).logs
    }
}
