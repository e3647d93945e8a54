import ByteCoding
import Foundation
import LogDogProtos
import Logging
import PRPCServer
import ServiceConfiguration
import TestSupport
import Testing

@testable import LogDogServer

/// The socket door of ingest.
@Suite struct IngestSocketTests {
    @Test func `a message that comes byte by byte is answered once it is whole`() async throws {
        let setUp = try await RecordedSetUp()
        let message = try await Self.message(0..<3, on: setUp)
        let sender = try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
        for byte in message { try await sender.send([byte]) }
        let answer = try await sender.receive()
        #expect(try IngestAnswer.all(in: answer) == [IngestAnswer(code: 0, text: "")])
        let stored = try await Self.stored(on: setUp)
        #expect(stored.entries.map(\.streamIndex) == [0, 1, 2])
        try await setUp.stop()
    }

    @Test func `what is behind a broken message is not looked at, what was before it stands`()
        async throws
    {
        let setUp = try await RecordedSetUp()
        let good = try await Self.message(0..<1, on: setUp)
        let later = try await Self.message(1..<2, on: setUp)
        let sender = try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
        // Metadata of a content type that nobody knows.
        try await sender.send(good + [2, 0x08, 9, 0] + later)
        let answers = try IngestAnswer.all(in: try await sender.receiveAll())
        #expect(answers.map(\.code) == [0, 3])
        #expect(answers.last?.text.isEmpty == false)
        let stored = try await Self.stored(on: setUp)
        #expect(stored.entries.map(\.streamIndex) == [0])
        try await setUp.stop()
    }

    @Test func `a frame that declares more than the limit is refused before it comes`()
        async throws
    {
        let setUp = try await RecordedSetUp()
        var head: [UInt8] = [5, 0x08, 1, 0x1a, 1, 0x31]
        head.appendVarint(11 << 20)
        let sender = try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
        try await sender.send(head)
        let answers = try IngestAnswer.all(in: try await sender.receiveAll())
        #expect(answers.map(\.code) == [3])
        #expect(answers.first?.text.contains("\(10 << 20)") == true, "\(answers)")
        try await setUp.stop()
    }

    @Test func `over a Unix socket a sender has the share of its user, over TCP that of strangers`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "s-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "in").path
        for address in [StreamAddress.unix(path: path), .tcp(host: "127.0.0.1", port: 0)] {
            let setUp = try await RecordedSetUp { options in
                options.ingest = address
                options.limits.eachIdentity.rates[.entries] = Rate(perSecond: 1, burst: 1)
            }
            let sender =
                address == .unix(path: path)
                ? try LoopbackConnection.unix(path: path)
                : try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
            try await sender.send(try await Self.message(0..<1, on: setUp))
            _ = try await sender.receive()
            try await sender.send(try await Self.message(1..<2, on: setUp))
            let answer = try #require(try IngestAnswer.all(in: try await sender.receive()).first)
            #expect(answer.code == 8)
            let name = address == .unix(path: path) ? "unix:\(getuid())" : "without credentials"
            #expect(answer.text.contains(name), "\(answer.text)")
            try await setUp.stop()
        }
    }

    @Test func `who leaves in the middle of a message loses nothing that was answered`()
        async throws
    {
        let setUp = try await RecordedSetUp()
        let whole = try await Self.message(0..<2, on: setUp)
        let cut = try await Self.message(2..<4, on: setUp).dropLast(5)
        let sender = try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
        try await sender.send(whole + cut)
        sender.finishSending()
        let answers = try IngestAnswer.all(in: try await sender.receiveAll())
        #expect(answers.map(\.code) == [0, 3])
        let stored = try await Self.stored(on: setUp)
        #expect(stored.entries.map(\.streamIndex) == [0, 1])
        try await setUp.stop()
    }

    @Test func `many senders at once get their own answers in order`() async throws {
        let setUp = try await RecordedSetUp()
        let port = try #require(setUp.server.ingestPort)
        let good = try await Self.message(0..<1, on: setUp)
        let wrongSecret = try #require(
            RecordedBundle.replacingSecret(in: good, by: [UInt8](repeating: 1, count: 36)))
        try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let sender = try LoopbackConnection.tcp(port: port)
                    try await sender.send(good + wrongSecret + good)
                    sender.finishSending()
                    return try IngestAnswer.all(in: try await sender.receiveAll()).map(\.code)
                }
            }
            for try await codes in group {
                #expect(codes.count == 3)
                #expect(codes.first == 0 && codes.last == 0 && codes[1] != 0, "\(codes)")
            }
        }
        try await setUp.stop()
    }

    @Test func `a Unix socket is a door as well`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "ld-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false)
        defer {
            do { try FileManager.default.removeItem(at: directory) } catch { Issue.record(error) }
        }
        var options = ServerOptions(data: directory.appending(path: "data").path)
        options.port = 0
        options.ingest = .unix(path: directory.appending(path: "in").path)
        let server = try await LogDogServer.start(options, log: Logger(label: "test"))
        let sender = try LoopbackConnection.unix(path: directory.appending(path: "in").path)
        try await sender.send([0xff])
        sender.finishSending()
        let answers = try IngestAnswer.all(in: try await sender.receiveAll())
        #expect(answers.map(\.code) == [3])
        await server.stop()
    }

    // MARK: given

    private static let project = "proj-foo"
    private static let prefix = "socket/p"

    /// A message with the entries of `range`, one line each, under a prefix that is registered.
    private static func message(
        _ range: Range<UInt64>, on setUp: RecordedSetUp
    ) async throws -> [UInt8] {
        var registration = Logdog_RegisterPrefixRequest()
        registration.project = project
        registration.prefix = prefix
        registration.sourceInfo = ["test"]
        registration.opNonce = Data(repeating: 7, count: 32)
        let reply = try await setUp.client.call(
            "logdog.Registration", "RegisterPrefix", registration.serializedBytes())
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        return try TestMessage.message(prefix: prefix, secret: secret, range)
    }

    private static func stored(on setUp: RecordedSetUp) async throws -> StoredStream {
        try await StoredStream(project: project, path: "\(prefix)/+/s", on: setUp.client)
    }
}
