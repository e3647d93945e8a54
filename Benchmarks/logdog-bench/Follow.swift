import ArgumentParser
import Foundation

/// How long a new entry takes to somebody who follows its stream over HTTP.
struct Follow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow latency: an append by the ingest socket to a subscriber over HTTP.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries that are sent one by one.")
    var entries = 2000

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        let server = try RunningLoadServer(.logdog, in: directory)
        defer { server.child.stop() }
        let messages = ButlerMessages(
            secret: try await server.claimPrefix(), seed: output.seed, entriesPerBundle: 1,
            deflates: true
        ).make(producers: 1, count: 2 * entries)[0]
        let ingest = try LoadSocket(port: server.ingestPort)
        var answers: [UInt8] = []

        var durable = Latencies()
        for message in messages[..<entries] {
            let started = ContinuousClock.now
            _ = try ingest.send(message[...])
            try Self.receive(ingest, &answers) { $0.count >= 2 }
            durable.add(started.duration(to: .now))
            answers.removeAll()
        }

        let page = try LoadSocket(port: server.port)
        let target = "/logs/\(ButlerMessages.project)/\(ButlerMessages.prefix)/+/stream/0"
        _ = try page.send(
            Array(
                "GET \(target)?follow=1 HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: \(entries - 1)\r\n\r\n"
                    .utf8)[...])
        var seen: [UInt8] = []
        var shown = Latencies()
        for (index, message) in messages[entries...].enumerated() {
            let started = ContinuousClock.now
            _ = try ingest.send(message[...])
            let wanted = Array("id: \(entries + index)\n".utf8)
            try Self.receive(page, &seen) { $0.firstRange(of: wanted) != nil }
            shown.add(started.duration(to: .now))
            seen.removeAll()
            try Self.receive(ingest, &answers) { $0.count >= 2 }
            answers.removeAll()
        }
        print("durable and answered: p50", durable.percentile(50))
        print("shown to a subscriber: p50", shown.percentile(50))
        print("shown to a subscriber: p99", shown.percentile(99))
        print("above the answer: p50", shown.percentile(50) - durable.percentile(50))
        server.child.stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    private static func receive(
        _ socket: LoadSocket, _ bytes: inout [UInt8], until isEnough: ([UInt8]) -> Bool
    ) throws {
        while !isEnough(bytes) { try socket.receive(into: &bytes) }
    }

    private func print(_ name: String, _ value: Double) {
        Figure(bench: "follow", name: name, value: value, unit: "ms").print(asJSON: output.json)
    }
}
