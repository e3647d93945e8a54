import Coordinator
import GRDB
import LogDogModel

// Searching. SQL narrows the search down; `StreamQuery.matches` has the last word on each row.
extension SQLiteCatalog {
    /// Tag constraints that SQL looks at; any further ones are checked on what it finds.
    private static let indexedTagLimit = 16

    package func query(_ query: CatalogQuery) throws(CatalogError) -> CatalogPage {
        let limit = query.query.pageLimit
        let (sql, arguments) = Self.statement(for: query)
        return try CatalogError.wrapping {
            try self.pool.read { database in
                guard let prefix = try prefix(query.prefix, in: database) else {
                    return CatalogPage(hits: [], isFull: false)
                }
                let statement = try database.cachedStatement(sql: sql)
                let cursor = try Row.fetchCursor(statement, arguments: arguments)
                var hits: [StreamState] = []
                while hits.count < limit, let row = try cursor.next() {
                    guard query.query.pattern.matches(name: row["name"]) else { continue }
                    let checked = try StreamRow.table.check(row)
                    let stream = try StreamRow.read(checked) { _ in prefix }
                    if query.query.matches(stream) { hits.append(stream) }
                }
                return CatalogPage(hits: hits, isFull: hits.count == limit)
            }
        }
    }

    private func prefix(_ id: PrefixID, in database: Database) throws -> PrefixState? {
        let table = PrefixRow.table
        let statement = try database.cachedStatement(
            sql: "SELECT \(table.selection) FROM prefix WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id.record.stored]) else {
            return nil
        }
        return try PrefixRow.read(try table.check(row))
    }

    private static func statement(for query: CatalogQuery) -> (String, StatementArguments) {
        var conditions = ["prefix = ?"]
        var arguments: [DatabaseValue] = [.record(query.prefix.record)]
        func require(_ condition: String, _ values: DatabaseValue...) {
            conditions.append(condition)
            arguments += values
        }
        let filter = query.query
        if let after = filter.after { require("hash > ?", .bytes(after.last.bytes)) }
        if let name = filter.pattern.literalName { require("name = ?", .text(name)) }
        if !filter.contentType.isEmpty { require("content_type = ?", .text(filter.contentType)) }
        if let type = filter.streamType {
            require("stream_type = ?", .integer(Int64(type.rawValue)))
        }
        switch filter.purged {
        case .hidden: require("purged = 0")
        case .alone: require("purged = 1")
        case .shown: break
        }
        let tags = filter.tags.sorted { $0.key < $1.key }.prefix(indexedTagLimit)
        for (key, value) in tags {
            let tag = "EXISTS (SELECT 1 FROM stream_tag WHERE stream = stream.id AND key = ?"
            if value.isEmpty {
                require("\(tag))", .text(key))
            } else {
                require("\(tag) AND value = ?)", .text(key), .text(value))
            }
        }
        let sql = """
            SELECT \(StreamRow.table.selection) FROM stream
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY hash
            """
        return (sql, StatementArguments(arguments))
    }
}
