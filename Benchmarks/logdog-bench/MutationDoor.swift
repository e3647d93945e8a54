import ArgumentParser
import Foundation

/// How mutations come in.
enum MutationDoor: String, ExpressibleByArgument, CaseIterable {
    /// Submitted by threads of this process.
    case process
    /// Bundles of a Butler, one a message, over a TCP socket.
    case ingest
    /// Bundles of a Butler, one a request, over HTTP.
    case http
}

extension Mutations {
    /// Appends through a socket of a server in another process.
    func measure(entriesPerBundle: Int, producers: Int, through door: MutationDoor) async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        let server = try RunningLoadServer(.logdog, in: directory)
        defer { server.child.stop() }
        let messages = ButlerMessages(
            secret: try await server.claimPrefix(), seed: output.seed,
            entriesPerBundle: entriesPerBundle, deflates: true)
        // More than two cores take in the time.
        let perSecond = max(2_500_000 / entriesPerBundle, 1)
        let count = Int(Double(min(perSecond, 200_000)) * seconds) / producers + 1
        let bodies = messages.make(producers: producers, count: count)
        let conversations = bodies.map { messages -> any LoadConversation in
            door == .ingest
                ? IngestConversation(messages)
                : HTTPConversation(
                    path: "/ingest/v1/bundles", contentType: "application/octet-stream",
                    bodies: messages)
        }
        var generator = try LoadGenerator(
            port: door == .ingest ? server.ingestPort : server.port, conversations)
        let result = try generator.run(seconds: seconds)
        server.child.stop()
        let name = "\(entriesPerBundle) entries, \(producers) producers, \(door.rawValue)"
        let rate = Double(result.requests * entriesPerBundle) / result.seconds
        let floor = ComparedWork(
            name: name, producers: producers, linesPerRequest: entriesPerBundle)
        try FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        let limit = try await FloorPeer().run(
            floor, seconds: 1, seed: output.seed, in: directory
        ).linesPerSecond
        print(
            name, rate, "entries/s", "a loop that frames, deflates and syncs over such a socket",
            rate / limit)
        print("\(name): latency p50", result.latencies.percentile(50), "ms")
        print("\(name): latency p99", result.latencies.percentile(99), "ms")
        try FileManager.default.removeItem(atPath: directory)
    }
}
