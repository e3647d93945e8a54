/// This product, the server in a process of its own: single lines over the ingest socket, bundles
/// over HTTP, deflated as a Butler sends them.
struct LogDogPeer: Peer {
    let name = "logdog"
    let settings = "--sync always; lines over the ingest socket, bundles over HTTP"

    func version() -> String? { "this build" }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let server = try RunningLoadServer(.logdog, in: directory)
        defer { server.child.stop() }
        let messages = ButlerMessages(
            secret: try await server.claimPrefix(), seed: seed,
            entriesPerBundle: work.linesPerRequest, deflates: true)
        // More than any machine of two cores takes in the time.
        let perSecond = work.linesPerRequest == 1 ? 300_000 : 40_000
        let count = Int(Double(perSecond) * seconds) / work.producers
        let conversations = messages.make(producers: work.producers, count: count).map {
            messages -> any LoadConversation in
            work.linesPerRequest == 1
                ? IngestConversation(messages)
                : HTTPConversation(
                    path: "/ingest/v1/bundles", contentType: "application/octet-stream",
                    bodies: messages)
        }
        let port = work.linesPerRequest == 1 ? server.ingestPort : server.port
        var generator = try LoadGenerator(port: port, conversations)
        return PeerResult(try generator.run(seconds: seconds), work)
    }
}

/// The least that such a server can do: what the product is held against, not a peer to use.
struct FloorPeer: Peer {
    let name = "floor"
    let settings = "a loop that frames, deflates (zlib 1, 64 KiB), writes and syncs; same protocol"

    func version() -> String? { "this build" }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let server = try RunningLoadServer(.floor, in: directory)
        defer { server.child.stop() }
        // It deflates what it stores, so it gets what is not deflated yet.
        let messages = ButlerMessages(
            secret: [UInt8](repeating: 7, count: 36), seed: seed,
            entriesPerBundle: work.linesPerRequest, deflates: false
        ).make(producers: work.producers, count: 256)
        let conversations = messages.map { IngestConversation($0, repeats: true) }
        var generator = try LoadGenerator(port: server.ingestPort, conversations)
        return PeerResult(try generator.run(seconds: seconds), work)
    }
}
