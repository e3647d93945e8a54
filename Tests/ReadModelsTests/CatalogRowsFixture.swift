import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import ReadModels

/// Prefixes and streams as a journal could have made them.
enum CatalogRowsFixture {
    static let project = "demo"

    static func prefix(
        _ id: UInt64, _ prefix: String, realm: String = "demo:ci"
    ) throws -> PrefixState {
        PrefixState(
            id: PrefixID(record: RecordNumber(rawValue: id)), project: project, prefix: prefix,
            hash: .ofPrefix(prefix), realm: realm, source: ["source", "GOOS=linux"],
            secret: try secret(), nonce: Array(repeating: 5, count: 32),
            created: Timestamp(microseconds: 1_000_000), expires: Timestamp(microseconds: 9_000_000)
        )
    }

    static func stream(
        _ id: UInt64, of prefix: PrefixState, _ name: String, type: StreamType = .text,
        contentType: String = "text/plain", tags: [String: String] = [:], purged: Bool = false,
        archive: ArchiveInfo? = nil,
        created: Int64 = 2_000_000
    ) throws -> StreamState {
        let descriptor = try StreamDescriptor(
            serialized: serialized(prefix.prefix, name, type, contentType, tags))
        return StreamState(
            id: StreamID(record: RecordNumber(rawValue: id)), prefix: prefix.id, project: project,
            protoVersion: "1",
            descriptor: descriptor, secret: prefix.secret,
            created: Timestamp(microseconds: created),
            updated: Timestamp(microseconds: 3_000_000), terminalIndex: nil, terminatedAt: nil,
            archivalKey: archive == nil ? [0x31] : [], archive: archive, purged: purged,
            received: ReceivedRanges())
    }

    /// A query of the whole project.
    static func classicQuery(_ expression: String) throws -> StreamQuery {
        StreamQuery(project: project, search: .paths(try ClassicPathPattern(expression)))
    }

    static func secret() throws -> Secret {
        try #require(Secret(Array(repeating: 0xa5, count: 36)))
    }

    /// A query of the project that all of this is in.
    static func query(_ expression: String) throws -> StreamQuery {
        StreamQuery(project: project, search: .names(try PathPattern(expression)))
    }

    /// A `LogStreamDescriptor` of `spec/wire.md`.
    static func serialized(
        _ prefix: String, _ name: String, _ type: StreamType, _ contentType: String,
        _ tags: [String: String]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendWireField(1, bytes: Array(prefix.utf8))
        bytes.appendWireField(2, bytes: Array(name.utf8))
        if type != .text { bytes.appendWireField(3, varint: UInt64(type.rawValue)) }
        bytes.appendWireField(4, bytes: Array(contentType.utf8))
        var timestamp: [UInt8] = []
        timestamp.appendWireField(1, varint: 1_700_000_000)
        bytes.appendWireField(5, bytes: timestamp)
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            var entry: [UInt8] = []
            entry.appendWireField(1, bytes: Array(key.utf8))
            entry.appendWireField(2, bytes: Array(value.utf8))
            bytes.appendWireField(6, bytes: entry)
        }
        return bytes
    }
}

extension Catalog {
    /// The page of a query that nobody waits for in vain.
    func page(_ query: StreamQuery, prefix: PrefixID? = nil) throws -> CatalogPage {
        try self.query(CatalogQuery(query, prefix: prefix, deadline: .now + .seconds(600)))
    }
}

extension CatalogChanges {
    /// What commits of so many events would change that end at `record`.
    static func upTo(
        _ record: UInt64, events: Int = 1, digest: StateDigest = StateDigest()
    ) -> CatalogChanges {
        var changes = CatalogChanges(
            checkpoint: CatalogCheckpoint(
                reached: RecordNumber(rawValue: record),
                time: Timestamp(microseconds: Int64(record) * 1000), digest: digest,
                openStreams: 0))
        changes.eventCount = events
        return changes
    }

    mutating func add(_ prefix: PrefixState) { prefixes[prefix.id] = prefix }

    mutating func add(_ stream: StreamState) { streams[stream.id] = stream }
}
