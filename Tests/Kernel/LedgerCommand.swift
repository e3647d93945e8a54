import ArgumentParser
import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport

/// The producer and the judge of scripts that torment a real server.
@main
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logdog-ledger",
        abstract: "Sends bundles to a server and keeps in a file what it acknowledged.",
        subcommands: [Produce.self, Check.self, Hold.self])

    static let project = "kernel"
    static let prefix = "kernel/all"
    static let streams = (0..<4).map { "s\($0)" }
}

/// Where server and ledger are.
struct LedgerOptions: ParsableArguments {
    @Option(help: "The server's port on 127.0.0.1.")
    var port: Int

    @Option(help: "The file that keeps what was sent and acknowledged; made if it is not there.")
    var ledger: String
}

/// Sends until enough was acknowledged or the server is gone.
struct Produce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send bundles.",
        discussion: """
            Exits 0 when all were acknowledged, 3 when the server went away, 4 when it refused \
            one, printing the refusal.
            """)

    @OptionGroup var options: LedgerOptions

    @Option(help: "How many bundles to send.")
    var count = 40

    @Option(help: "Entries of a bundle.")
    var entries = 8

    func run() async throws {
        let client = LoopbackClient(port: options.port)
        var ledger = try Ledger(options.ledger)
        do {
            if ledger.secret == nil { try await claim(client, &ledger) }
            for number in 0..<count {
                try await send(LedgerCommand.streams[number % 4], client, &ledger)
            }
        } catch is LoopbackClient.Failure {
            throw ExitCode(3)
        } catch let refusal as Refusal {
            print(refusal.text)
            throw ExitCode(4)
        }
    }

    private func claim(_ client: LoopbackClient, _ ledger: inout Ledger) async throws {
        var request = Logdog_RegisterPrefixRequest()
        request.project = LedgerCommand.project
        request.prefix = LedgerCommand.prefix
        // With a nonce, so that a repeat after a lost answer gets the same secret.
        request.opNonce = Data(repeating: 7, count: 32)
        let reply = try await client.call(
            "logdog.Registration", "RegisterPrefix", request.serializedBytes())
        guard reply.headers["x-prpc-grpc-code"] == "0" else { throw Refusal(reply) }
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        try ledger.write("secret", secret.base64EncodedString())
    }

    private func send(
        _ stream: String, _ client: LoopbackClient, _ ledger: inout Ledger
    ) async throws {
        let first = ledger.held[stream] ?? 0
        let end = first + entries
        let bundle = TestBundle(
            project: LedgerCommand.project, prefix: LedgerCommand.prefix,
            secret: ledger.secret ?? [], stream: stream, first: first, count: entries,
            terminal: false)
        try ledger.write("sent", stream, "\(end)")
        let reply = try await client.post("/ingest/v1/bundles", body: try bundle.message())
        guard reply.status == 200 else { throw Refusal(reply) }
        try ledger.write("held", stream, "\(end)")
    }
}

/// Reads everything back and holds it against the ledger.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold what a server serves against the ledger.",
        discussion: """
            Exits 2 and says what is wrong if anything is lost, invented or altered, 3 when the \
            server went away.
            """)

    @OptionGroup var options: LedgerOptions

    func run() async throws {
        do {
            try await check()
        } catch is LoopbackClient.Failure {
            throw ExitCode(3)
        }
    }

    private func check() async throws {
        let client = LoopbackClient(port: options.port)
        let ledger = try Ledger(options.ledger)
        // Of a prefix that was never claimed nothing can be there.
        guard ledger.secret != nil else { return }
        for stream in LedgerCommand.streams {
            let held = ledger.held[stream] ?? 0
            let lines = try await lines(of: stream, client)
            guard lines.count >= held else {
                throw wrong(
                    "\(stream): \(held) entries were acknowledged, \(lines.count) are there")
            }
            guard lines.count <= ledger.sent[stream] ?? 0 else {
                throw wrong("\(stream): \(lines.count) entries are there, more than were sent")
            }
            for (index, line) in lines.enumerated()
            where line != TestBundle.line(of: stream, index) {
                throw wrong("\(stream): entry \(index) is \(line)")
            }
        }
    }

    private func lines(of stream: String, _ client: LoopbackClient) async throws -> [String] {
        var lines: [String] = []
        while true {
            var request = Logdog_GetRequest()
            request.project = LedgerCommand.project
            request.path = "\(LedgerCommand.prefix)/+/\(stream)"
            request.index = Int64(lines.count)
            let reply = try await client.call("logdog.Logs", "Get", request.serializedBytes())
            // Nothing was ever taken in of a stream that is not there.
            if reply.headers["x-prpc-grpc-code"] == "5" { return lines }
            guard reply.headers["x-prpc-grpc-code"] == "0" else { throw Refusal(reply) }
            let logs = try Logdog_GetResponse(serializedBytes: reply.body).logs
            if logs.isEmpty { return lines }
            lines += logs.map { $0.text.lines.map { String(decoding: $0.value, as: UTF8.self) }[0] }
        }
    }

    private func wrong(_ what: String) -> ExitCode {
        print(what)
        return ExitCode(2)
    }
}

/// An answer that is not what was asked for.
struct Refusal: Error {
    let text: String

    init(_ reply: LoopbackClient.Reply) {
        let code = reply.headers["x-prpc-grpc-code"] ?? "-"
        text = "HTTP \(reply.status), code \(code): \(String(decoding: reply.body, as: UTF8.self))"
    }
}
