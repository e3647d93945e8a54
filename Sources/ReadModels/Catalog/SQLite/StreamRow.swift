import Coordinator
import GRDB
import LogDogModel

/// A row of `stream`.
enum StreamRow {
    static let table = CatalogTable(
        "stream",
        "id prefix project hash name proto_version content_type stream_type descriptor secret "
            + "created updated terminal_index terminated archival_key purged")

    static func values(of stream: StreamState) -> [DatabaseValue] {
        [
            .record(stream.id.record), .record(stream.prefix.record), .text(stream.project),
            .bytes(stream.hash.bytes), .text(stream.path.name), .text(stream.protoVersion),
            .text(stream.descriptor.contentType),
            .integer(Int64(stream.descriptor.streamType.rawValue)),
            .bytes(stream.descriptor.bytes), .bytes(stream.secret.bytes), .time(stream.created),
            .time(stream.updated), .integer(stream.terminalIndex.map { Int64(bitPattern: $0) }),
            .time(stream.terminatedAt), .bytes(stream.archivalKey), .flag(stream.purged),
        ]
    }

    /// - Parameter prefix: the row of a prefix; a stream without its prefix is damage.
    static func read(
        _ checked: CatalogRow, _ prefix: (PrefixID) -> PrefixState?
    ) throws(CatalogError) -> StreamState {
        var row = checked
        let id = StreamID(record: try row.record())
        let prefixID = PrefixID(record: try row.record())
        guard let owner = prefix(prefixID) else { throw row.unfit }
        let project = try row.text()
        let hash = try row.hash()
        let path = StreamPath(prefix: owner.prefix, name: try row.text())
        let protoVersion = try row.text()
        _ = try row.text()
        _ = try row.integer()
        let descriptor = try descriptor(try row.bytes(), in: row)
        guard descriptor.hash == hash, descriptor.path == path else { throw row.unfit }
        return StreamState(
            id: id, prefix: prefixID, project: project, protoVersion: protoVersion,
            descriptor: descriptor, secret: try row.secret(), created: try row.time(),
            updated: try row.time(),
            terminalIndex: try row.optionalInteger().map { UInt64(bitPattern: $0) },
            terminatedAt: try row.optionalTime(), archivalKey: try row.bytes(),
            purged: try row.flag(), received: ReceivedRanges())
    }

    private static func descriptor(
        _ bytes: [UInt8], in row: CatalogRow
    ) throws(CatalogError) -> StreamDescriptor {
        do throws(DescriptorError) {
            return try StreamDescriptor(serialized: bytes)
        } catch {
            throw row.unfit
        }
    }
}
