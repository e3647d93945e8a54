import Coordinator
import GRDB
import LogDogModel

/// A row of `stream`.
enum StreamRow {
    static let table = CatalogTable(
        "stream",
        "id prefix project hash name ending proto_version content_type stream_type descriptor secret "
            + "created updated terminal_index terminated archival_key archived entry_count "
            + "stream_url stream_size index_url index_size data_url data_size purged")

    static func values(of stream: StreamState) -> [DatabaseValue] {
        [
            .record(stream.id.record), .record(stream.prefix.record), .text(stream.project),
            .bytes(stream.hash.bytes), .text(stream.path.name),
            .text(stream.path.name.backwards), .text(stream.protoVersion),
            .text(stream.descriptor.contentType),
            .integer(Int64(stream.descriptor.streamType.rawValue)),
            .bytes(stream.descriptor.bytes), .bytes(stream.secret.bytes), .time(stream.created),
            .time(stream.updated), .integer(stream.terminalIndex.map { Int64(bitPattern: $0) }),
            .time(stream.terminatedAt), .bytes(stream.archivalKey),
        ] + values(of: stream.archive) + [.flag(stream.purged)]
    }

    /// All of them are NULL for a stream that is not archived.
    private static func values(of archive: ArchiveInfo?) -> [DatabaseValue] {
        let objects = [archive?.stream, archive?.index, archive?.data]
        let files = objects.flatMap { object -> [DatabaseValue] in
            [.text(object?.url), .integer(object.map { Int64(bitPattern: $0.size) })]
        }
        return [
            .time(archive?.time), .integer(archive.map { Int64(bitPattern: $0.entryCount) }),
        ] + files
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
        _ = try row.text()
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
            archive: try archive(&row), purged: try row.flag(), received: ReceivedRanges())
    }

    private static func archive(_ row: inout CatalogRow) throws(CatalogError) -> ArchiveInfo? {
        let time = try row.optionalTime()
        let count = try row.optionalInteger()
        let objects = [try object(&row), try object(&row), try object(&row)]
        guard let time else { return nil }
        guard let count, let stream = objects[0], let index = objects[1], let data = objects[2]
        else { throw row.unfit }
        return ArchiveInfo(
            time: time, entryCount: UInt64(bitPattern: count), stream: stream, index: index,
            data: data)
    }

    private static func object(_ row: inout CatalogRow) throws(CatalogError) -> ArchiveObject? {
        let (text, bytes) = (try row.optionalText(), try row.optionalInteger())
        guard let url = text, let size = bytes else { return nil }
        return ArchiveObject(url: url, size: UInt64(bitPattern: size))
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

extension String {
    /// Its bytes in reverse; for names, which are ASCII.
    var backwards: String { String(decoding: utf8.reversed(), as: UTF8.self) }
}
