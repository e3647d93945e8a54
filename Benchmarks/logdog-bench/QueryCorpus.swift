import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Platform
import ReadModels
import Tumble

/// Streams as a CI system registers them, and queries for them.
///
/// Half of them are in one prefix, the rest in prefixes of 100. Of the tags one is common, one
/// has a thousand values, one is on one stream in ten thousand.
struct QueryCorpus {
    struct Case {
        let name: String
        let query: StreamQuery
        /// Nil for a search of the whole project.
        let prefix: PrefixID?
    }

    static let project = "bench"
    private static let streamsAPrefix = 100
    private static let batch = 10_000

    private let count: Int
    private let secret: Secret
    private var random: SeededNumbers
    let cases: [Case]

    init(streams: Int, seed: UInt64) throws {
        count = streams
        guard let secret = Secret([UInt8](repeating: 7, count: Secret.length)) else {
            throw BenchEngine.SetUpFailed()
        }
        self.secret = secret
        random = SeededNumbers(seed: seed)
        cases = try Self.currentCases() + Self.classicCases(streams)
    }

    private static func currentCases() throws -> [Case] {
        func one(
            _ name: String, _ path: String = "ci/all/+/**",
            _ change: (inout StreamQuery) -> Void = { _ in }
        ) throws -> Case {
            var query = StreamQuery(project: project, search: .names(try PathPattern(path)))
            change(&query)
            return Case(name: name, query: query, prefix: PrefixID(record: .init(rawValue: 1)))
        }
        guard let late = HashID(bytes: [UInt8](repeating: 0xf0, count: 32)) else {
            throw BenchEngine.SetUpFailed()
        }
        return [
            try one("prefix, no filter"),
            try one("prefix, common tag") { $0.tags = ["os": "linux"] },
            try one("prefix, tag of 1 in 1,000") { $0.tags = ["shard": "17"] },
            try one("prefix, tag key of 1 in 10,000") { $0.tags = ["flaky": ""] },
            try one("prefix, two tags") { $0.tags = ["os": "linux", "shard": "17"] },
            try one("prefix, content type of 1 in 1,000") { $0.contentType = "text/x-rare" },
            try one("prefix, datagrams (1 in 1,000)") { $0.streamType = .datagram },
            try one("prefix, whole name", "ci/all/+/steps/77/stdout"),
            try one("prefix, purged (1 in 10,000)") { $0.purged = .alone },
            try one("prefix, tag that none has") { $0.tags = ["shard": "none"] },
            try one("prefix, names that begin alike (1 hit)", "ci/all/+/steps/123/*"),
            try one("prefix, names that begin alike (1 in 50)", "ci/all/+/steps/12**"),
            try one("prefix, names that end alike (1 in 3)", "ci/all/+/**/stderr"),
            try one("prefix, names that end alike (2 hits)", "ci/all/+/**/77/stdout"),
            try one("prefix, names that end alike (none)", "ci/all/+/**/nothing"),
            try one("prefix, middle of the name (1 hit)", "ci/all/+/*/77/*"),
            try one("prefix, part of a segment (1 in 500)", "ci/all/+/*/12*34/*"),
            try one("prefix, late page") { $0.after = .after(late) },
            try one("prefix, late page of a common tag") { query in
                query.tags = ["os": "linux"]
                query.after = .after(late)
            },
        ]
    }

    private static func classicCases(_ streams: Int) throws -> [Case] {
        func one(
            _ name: String, _ path: String, _ change: (inout StreamQuery) -> Void = { _ in }
        ) throws -> Case {
            var query = StreamQuery(
                project: project, search: .paths(try ClassicPathPattern(path)))
            change(&query)
            return Case(name: name, query: query, prefix: nil)
        }
        let early = QueryToken.before(
            created: Timestamp(microseconds: Int64(streams / 20) * 1000),
            StreamID(record: RecordNumber(rawValue: 1)))
        let middle = Timestamp(microseconds: Int64(streams / 2) * 1000)
        return [
            try one("project, no filter", ""),
            try one("project, older than half", "") { $0.older = middle },
            try one("project, tag of 1 in 1,000", "") { $0.tags = ["shard": "17"] },
            try one("project, tag older than half", "") { query in
                query.tags = ["os": "linux"]
                query.older = middle
            },
            try one("project, one prefix", "ci/builds/500100"),
            try one("project, segment of the prefix", "ci/builds/*/+/**"),
            try one("project, last segment of the name", "**/+/**/stderr"),
            try one("project, whole name in any prefix", "**/+/steps/77/stdout"),
            try one("project, datagrams (1 in 1,000)", "") { $0.streamType = .datagram },
            try one("project, tag that none has", "") { $0.tags = ["shard": "none"] },
            try one("project, name that none has", "**/+/nothing/*"),
            try one("project, late page", "") { $0.after = early },
            try one("project, late page of a common tag", "") { query in
                query.tags = ["os": "linux"]
                query.after = early
            },
        ]
    }

    /// Writes all rows, in transactions of the size that the catalog's thread makes.
    func record(into catalog: any Catalog) throws {
        var random = random
        var prefix = try prefix(1, "ci/all")
        var record: UInt64 = 1
        var changes = try batch(after: record)
        changes.prefixes[prefix.id] = prefix
        for number in 0..<count {
            if number >= count / 2, number.isMultiple(of: Self.streamsAPrefix) {
                record += 1
                prefix = try self.prefix(record, "ci/builds/\(number)")
                changes.prefixes[prefix.id] = prefix
            }
            record += 1
            let stream = try stream(record, number, of: prefix, &random)
            changes.streams[stream.id] = stream
            guard changes.streams.count == Self.batch || number == count - 1 else { continue }
            changes.checkpoint.reached = RecordNumber(rawValue: record)
            try catalog.record(changes)
            changes = try batch(after: record)
        }
    }

    private func batch(after record: UInt64) throws -> CatalogChanges {
        CatalogChanges(
            checkpoint: CatalogCheckpoint(
                reached: RecordNumber(rawValue: record), time: .zero, digest: StateDigest(),
                openStreams: 0))
    }

    private func prefix(_ record: UInt64, _ name: String) throws -> PrefixState {
        PrefixState(
            id: PrefixID(record: RecordNumber(rawValue: record)), project: Self.project,
            prefix: name, hash: .ofPrefix(name), realm: "bench:ci", source: [], secret: secret,
            nonce: [], created: .zero, expires: Timestamp(microseconds: .max))
    }

    private func stream(
        _ record: UInt64, _ number: Int, of prefix: PrefixState, _ random: inout SeededNumbers
    ) throws -> StreamState {
        let isRare = number.isMultiple(of: 1000)
        var tags = ["os": random.next() % 4 == 0 ? "win" : "linux"]
        tags["shard"] = "\(random.next() % 1000)"
        tags["builder"] = "builder-\(random.next() % 50)"
        if number.isMultiple(of: 10_000) { tags["flaky"] = "\(number)" }
        // The one prefix has each step once, the others have the same hundred.
        let step = prefix.id.record.rawValue == 1 ? number : number % Self.streamsAPrefix
        let name = "steps/\(step)/\(number % 3 == 0 ? "stderr" : "stdout")"
        var bytes: [UInt8] = []
        bytes.appendWireField(1, bytes: prefix.prefix.utf8)
        bytes.appendWireField(2, bytes: name.utf8)
        if isRare { bytes.appendWireField(3, varint: UInt64(StreamType.datagram.rawValue)) }
        bytes.appendWireField(4, bytes: (isRare ? "text/x-rare" : "text/plain").utf8)
        var timestamp: [UInt8] = []
        timestamp.appendWireField(1, varint: 1_700_000_000)
        bytes.appendWireField(5, bytes: timestamp)
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            var entry: [UInt8] = []
            entry.appendWireField(1, bytes: key.utf8)
            entry.appendWireField(2, bytes: value.utf8)
            bytes.appendWireField(6, bytes: entry)
        }
        let created = Timestamp(microseconds: Int64(number) * 1000)
        return StreamState(
            id: StreamID(record: RecordNumber(rawValue: record)), prefix: prefix.id,
            project: Self.project, protoVersion: "1",
            descriptor: try StreamDescriptor(serialized: bytes), secret: secret, created: created,
            updated: created, terminalIndex: nil, terminatedAt: nil, archivalKey: [0x31],
            archive: nil,
            purged: number.isMultiple(of: 10_000), received: ReceivedRanges())
    }
}
