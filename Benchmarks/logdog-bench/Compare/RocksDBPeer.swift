/// RocksDB in the process of its own `db_bench`: no socket, no lines of ours, but values of the same
/// length; a batch is one write.
struct RocksDBPeer: Peer {
    let name = "RocksDB"
    let settings = "db_bench fillrandom, sync, values of 120 bytes, in process"

    func version() -> String? {
        guard ServerChild.printed(by: ["sh", "-c", "command -v db_bench"]) != nil else {
            return nil
        }
        let version = ServerChild.printed(
            by: ["dpkg-query", "--show", "--showformat=${Version}", "rocksdb-tools"])
        return version ?? "unknown"
    }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let output = ServerChild.printed(by: [
            "db_bench", "--benchmarks=fillrandom", "--db=\(directory)/db", "--sync=1",
            "--value_size=120", "--num=1000000000", "--duration=\(max(1, Int(seconds)))",
            "--threads=\(work.producers)", "--batch_size=\(work.linesPerRequest)",
            "--seed=\(seed)", "--histogram=1",
        ])
        guard let output else { throw LoadFailure("db_bench failed") }
        guard let rate = Self.number(before: "ops/sec", in: output) else {
            throw LoadFailure("db_bench prints no rate: \(output.suffix(300))")
        }
        let scale = 1000.0
        return PeerResult(
            linesPerSecond: rate,
            p50: Self.number(after: "P50:", in: output).map { $0 / scale },
            p99: Self.number(after: "P99:", in: output).map { $0 / scale })
    }

    private static func number(before mark: String, in text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "\n" || $0 == ";" }
        guard let index = words.firstIndex(of: mark[...]), index > 0 else { return nil }
        return Double(words[index - 1])
    }

    private static func number(after mark: String, in text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "\n" || $0 == ";" }
        guard let index = words.firstIndex(of: mark[...]), index + 1 < words.count else {
            return nil
        }
        return Double(words[index + 1])
    }
}
