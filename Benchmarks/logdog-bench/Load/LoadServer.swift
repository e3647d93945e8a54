import ArgumentParser
import Foundation
import LogDogClient
import LogDogProtos
import LogDogServer
import Logging

/// The server side of a load, in a process of its own: the whole product, or the floor.
struct LoadServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument {
        case logdog
        case floor
    }

    @Option var kind: Kind
    @Option var directory: String

    func run() async throws {
        switch kind {
        case .logdog: try await serve()
        case .floor: try FloorServer(directory: directory).run { report(http: 0, ingest: $0) }
        }
    }

    private func serve() async throws {
        var options = ServerOptions(data: "\(directory)/data")
        options.port = 0
        options.ingest = .tcp(host: "127.0.0.1", port: 0)
        var log = Logger(label: "logdog-bench")
        log.logLevel = .error
        let server = try await LogDogServer.start(options, log: log)
        report(http: server.port, ingest: server.ingestPort ?? 0)
        // Until the benchmark ends the process.
        await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
    }

    private func report(http: Int, ingest: Int) {
        FileHandle.standardOutput.write(Data("listening \(http) \(ingest)\n".utf8))
    }
}

/// A `LoadServer` as the benchmark sees it.
struct RunningLoadServer {
    let child: ServerChild
    /// 0 for the floor, which has none.
    let port: Int
    let ingestPort: Int

    init(_ kind: LoadServer.Kind, in directory: String) throws {
        child = try ServerChild.itself(
            ["load-server", "--kind", kind.rawValue, "--directory", directory], in: directory)
        let ports = try child.line(after: "listening ").split(separator: " ").compactMap { Int($0) }
        guard ports.count == 2 else { throw LoadFailure("the server names no ports") }
        port = ports[0]
        ingestPort = ports[1]
    }

    /// Claims the prefix of the load, and returns its secret.
    func claimPrefix() async throws -> [UInt8] {
        guard let address = ServerAddress("127.0.0.1:\(port)") else {
            throw LoadFailure("port \(port) is no port")
        }
        var request = Logdog_RegisterPrefixRequest()
        request.project = ButlerMessages.project
        request.prefix = ButlerMessages.prefix
        let reply: Logdog_RegisterPrefixResponse = try await PRPCClient(address).call(
            "logdog.Registration", "RegisterPrefix", request)
        return [UInt8](reply.secret)
    }
}
