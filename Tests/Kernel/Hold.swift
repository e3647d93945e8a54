import ArgumentParser
import Foundation
import TestSupport

/// Opens connections, sends half a request on each, and asks whether others are still served.
struct Hold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold connections open with half a request on each.",
        discussion: "Exits 2 if the server does not answer another client meanwhile.")

    @Option(help: "The server's port on 127.0.0.1.")
    var port: Int

    @Option(help: "How many.")
    var connections: Int

    @Flag(help: "That the server answers nobody meanwhile is no failure.")
    var tolerateRefusals = false

    func run() async throws {
        raiseLimit()
        var held: [LoopbackConnection] = []
        do {
            for _ in 0..<connections {
                let connection = try LoopbackConnection.tcp(port: port)
                try await connection.send(
                    Array("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ".utf8))
                held.append(connection)
            }
        } catch  where tolerateRefusals {
            print("the server takes \(held.count) connections")
        }
        guard !tolerateRefusals else { return }
        let reply = try await LoopbackClient(port: port).get("/healthz")
        guard reply.status == 200 else {
            print("with \(held.count) connections held: HTTP \(reply.status)")
            throw ExitCode(2)
        }
    }

    private func raiseLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
