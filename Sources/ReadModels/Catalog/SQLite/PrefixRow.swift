import ByteCoding
import Coordinator
import GRDB

/// A row of `prefix`.
enum PrefixRow {
    static let table = CatalogTable(
        "prefix", "id project hash prefix realm source secret nonce created expires deleted held")

    static func values(of prefix: PrefixState) -> [DatabaseValue] {
        var source: [UInt8] = []
        for text in prefix.source { source.appendLengthPrefixed(text) }
        return [
            .record(prefix.id.record), .text(prefix.project), .bytes(prefix.hash.bytes),
            .text(prefix.prefix), .text(prefix.realm), .bytes(source),
            .bytes(prefix.secret.bytes), .bytes(prefix.nonce), .time(prefix.created),
            .time(prefix.expires), .time(prefix.deleted), .time(prefix.held),
        ]
    }

    static func read(_ checked: CatalogRow) throws(CatalogError) -> PrefixState {
        var row = checked
        let id = PrefixID(record: try row.record())
        let project = try row.text()
        let hash = try row.hash()
        let prefix = try row.text()
        let realm = try row.optionalText()
        let source = try texts(try row.bytes(), in: row)
        return PrefixState(
            id: id, project: project, prefix: prefix, hash: hash, realm: realm, source: source,
            secret: try row.secret(), nonce: try row.bytes(), created: try row.time(),
            expires: try row.time(), deleted: try row.optionalTime(),
            held: try row.optionalTime())
    }

    private static func texts(
        _ bytes: [UInt8], in row: CatalogRow
    ) throws(CatalogError) -> [String] {
        var reader = ByteReader(bytes)
        var texts: [String] = []
        do throws(ByteError) {
            while !reader.isAtEnd { texts.append(try reader.text()) }
        } catch {
            throw row.unfit
        }
        return texts
    }
}
