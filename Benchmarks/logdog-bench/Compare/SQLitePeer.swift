import GRDB

/// SQLite in this process. It has one writer at a time, so the fastest form is one connection that
/// commits what its producers hand it, one after another.
struct SQLitePeer: Peer {
    let name = "SQLite"
    let settings = "WAL, synchronous=FULL, a transaction a request, in process"

    func version() -> String? {
        try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
    }

    func run(
        _ work: ComparedWork, seconds: Double, seed: UInt64, in directory: String
    ) async throws -> PeerResult {
        let pool = try DatabasePool(path: "\(directory)/db")
        let lines = ButlerMessages.lines(seed: seed).map { String(decoding: $0, as: UTF8.self) }
        let load = try await pool.writeWithoutTransaction { database in
            try Self.load(database, work, lines, seconds)
        }
        try pool.close()
        return PeerResult(load, work)
    }

    private static func load(
        _ database: Database, _ work: ComparedWork, _ lines: [String], _ seconds: Double
    ) throws -> LoadResult {
        // The library would sync at checkpoints only.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.execute(
            sql: "CREATE TABLE log (stream INTEGER, idx INTEGER, line TEXT, "
                + "PRIMARY KEY (stream, idx)) WITHOUT ROWID")
        let insert = try database.cachedStatement(sql: "INSERT INTO log VALUES (?, ?, ?)")
        var result = LoadResult()
        let started = ContinuousClock.now
        var before = started
        while started.duration(to: before) < .seconds(seconds) {
            let stream = result.requests % work.producers
            let first = result.requests / work.producers * work.linesPerRequest
            try database.inTransaction {
                for index in first..<first + work.linesPerRequest {
                    try insert.execute(arguments: [stream, index, lines[index % lines.count]])
                }
                return .commit
            }
            result.requests += 1
            let now = ContinuousClock.now
            result.latencies.add(before.duration(to: now))
            before = now
        }
        result.seconds = started.duration(to: before).seconds
        return result
    }
}
