import ArgumentParser
import Foundation

/// The same lines into this product and into what a user could pick instead.
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The same durable lines into other stores, one after another, in one go.",
        discussion: """
            Every server is started on loopback in a temporary directory with durability on, and \
            stopped again. What is not installed is skipped by name. Debian's packages: \
            redis-server, postgresql, rocksdb-tools and etcd-server.
            """)

    @OptionGroup var output: OutputOptions

    @Option(help: "Seconds that each case runs.")
    var seconds = 3.0

    @Option(help: "Only peers whose name contains this word; the product and the floor always run.")
    var only: [String] = []

    private static let peers: [any Peer] = [
        RedisPeer(), PostgreSQLPeer(), RocksDBPeer(), SQLitePeer(), EtcdPeer(),
    ]

    private struct Row {
        let peer: any Peer
        let version: String
        let result: PeerResult
    }

    func run() async throws {
        var failed = false
        for work in [ComparedWork.single, .bundles] {
            var rows: [Row] = []
            for peer in [LogDogPeer(), FloorPeer()] + chosen {
                guard let version = peer.version() else {
                    note("\(peer.name) is not installed: skipped")
                    continue
                }
                note("\(work.name): \(peer.name) …")
                do {
                    let result = try await measure(peer, work)
                    rows.append(Row(peer: peer, version: version, result: result))
                } catch {
                    note("\(peer.name) failed, so it is left out: \(error)")
                    failed = true
                }
            }
            print(rows, work)
        }
        if failed { throw ExitCode.failure }
    }

    private var chosen: [any Peer] {
        Self.peers.filter { peer in
            only.isEmpty || only.contains { peer.name.lowercased().contains($0.lowercased()) }
        }
    }

    private func measure(_ peer: any Peer, _ work: ComparedWork) async throws -> PeerResult {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        do {
            let result = try await peer.run(
                work, seconds: seconds, seed: output.seed, in: directory)
            try FileManager.default.removeItem(atPath: directory)
            return result
        } catch {
            try FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    /// A table for people, the ratio being ours to the peer's; a figure a line for programs.
    private func print(_ rows: [Row], _ work: ComparedWork) {
        guard let ours = rows.first?.result.linesPerSecond else { return }
        if !output.json {
            Swift.print("\n\(work.name)\n")
            Swift.print("| store | lines/s | p50 ms | p99 ms | logdog ÷ it | settings |")
            Swift.print("|---|---|---|---|---|---|")
        }
        for row in rows {
            let rate = row.result.linesPerSecond
            if output.json {
                Figure(
                    bench: "compare", name: "\(work.name): \(row.peer.name)", value: rate,
                    unit: "lines/s", limit: "logdog", ratio: rate / ours
                ).print(asJSON: true)
            } else {
                let cells = [
                    "\(row.peer.name) \(row.version)", String(format: "%.0f", rate),
                    Self.milliseconds(row.result.p50), Self.milliseconds(row.result.p99),
                    String(format: "%.2f", ours / rate), row.peer.settings,
                ]
                Swift.print("| \(cells.joined(separator: " | ")) |")
            }
        }
    }

    private static func milliseconds(_ value: Double?) -> String {
        value.map { String(format: "%.2f", $0) } ?? "–"
    }

    private func note(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
