/// What the lines of a comparison are sent as.
struct ComparedWork {
    let name: String
    let producers: Int
    /// Lines of 120 bytes that are acknowledged together.
    let linesPerRequest: Int

    static let single = ComparedWork(
        name: "single lines, 64 producers", producers: 64, linesPerRequest: 1)
    static let bundles = ComparedWork(
        name: "64 lines together, 16 producers", producers: 16, linesPerRequest: 64)
}

/// What a peer came to.
struct PeerResult {
    let linesPerSecond: Double
    /// In milliseconds; nil where the peer does not tell.
    let p50: Double?
    let p99: Double?

    init(linesPerSecond: Double, p50: Double? = nil, p99: Double? = nil) {
        self.linesPerSecond = linesPerSecond
        self.p50 = p50
        self.p99 = p99
    }

    init(_ load: LoadResult, _ work: ComparedWork) {
        self.init(
            linesPerSecond: Double(load.requests * work.linesPerRequest) / load.seconds,
            p50: load.latencies.percentile(50), p99: load.latencies.percentile(99))
    }
}

/// Something that a user could keep the lines in instead, with durability on.
protocol Peer: Sendable {
    var name: String { get }
    /// Nil if it is not on this machine.
    func version() -> String?
    /// What makes its acknowledgement mean that a line is on disk, and other settings.
    var settings: String { get }
    /// Runs `work` for `seconds` on a server of its own in `directory`, which is empty, and stops
    /// the server.
    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult
}
