import Coordinator
import GRDB
import Journal

// Reading everything back at a start; nothing is believed that does not fit its checksum.
extension SQLiteCatalog {
    package func load() throws(CatalogError) -> CatalogContents {
        try CatalogError.wrapping {
            try self.pool.read { database in
                try checkStructure(of: database)
                var contents = CatalogContents(checkpoint: try checkpoint(in: database))
                contents.prefixes = try rows(of: PrefixRow.table, by: "id", in: database) {
                    row throws(CatalogError) in try PrefixRow.read(row)
                }
                contents.streams = try streams(in: database, among: contents.prefixes)
                try loadRest(of: &contents, in: database)
                try Postings(in: database).check(in: database)
                return contents
            }
        }
    }

    /// All that is not a prefix or a stream.
    func loadRest(of contents: inout CatalogContents, in database: Database) throws {
        contents.tasks = try rows(of: ArchiveTaskRow.table, by: "id", in: database) {
            row throws(CatalogError) in try ArchiveTaskRow.read(row)
        }
        contents.pending = try rows(of: PendingRow.table, by: "id", in: database) {
            row throws(CatalogError) in try PendingRow.read(row, machine)
        }
        contents.segments = try rows(of: .journalSegment, by: "first_record", in: database) {
            row throws(CatalogError) in
            var row = row
            return try row.record()
        }
        contents.configuration = try rows(of: ConfigurationRow.table, by: "id", in: database) {
            row throws(CatalogError) in try ConfigurationRow.read(row)
        }.first
        contents.retention = try rows(of: RetentionRow.table, by: "id", in: database) {
            row throws(CatalogError) in try RetentionRow.read(row)
        }.first
    }

    /// What SQLite itself can find: pages that do not fit together.
    private func checkStructure(of database: Database) throws {
        let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "nothing"
        guard finding == "ok" else { throw CatalogError.damaged(finding) }
    }

    /// A catalog that has recorded nothing yet stands before the first record.
    func checkpoint(in database: Database) throws -> CatalogCheckpoint {
        let found = try rows(of: CheckpointRow.table, by: "id", in: database) {
            row throws(CatalogError) in try CheckpointRow.read(row)
        }
        if let checkpoint = found.first { return checkpoint }
        return CatalogCheckpoint(
            reached: .none, time: .zero, digest: machine.digest(of: machine.initialState()),
            openStreams: 0)
    }

    private func streams(
        in database: Database, among prefixes: [PrefixState]
    ) throws -> [StreamState] {
        let prefixes = Dictionary(uniqueKeysWithValues: prefixes.map { ($0.id, $0) })
        return try rows(of: StreamRow.table, by: "id", in: database) {
            row throws(CatalogError) in try StreamRow.read(row) { prefixes[$0] }
        }
    }

    private func rows<Value>(
        of table: CatalogTable, by key: String, in database: Database,
        _ read: (CatalogRow) throws(CatalogError) -> Value
    ) throws -> [Value] {
        try rows(of: table, "ORDER BY \(key)", [], in: database, read)
    }

    /// - Parameter rest: of the statement, behind `FROM` and the table.
    func rows<Value>(
        of table: CatalogTable, _ rest: String, _ arguments: StatementArguments,
        in database: Database, _ read: (CatalogRow) throws(CatalogError) -> Value
    ) throws -> [Value] {
        let statement = try database.cachedStatement(
            sql: "SELECT \(table.selection) FROM \(table.name) \(rest)")
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try read(try table.check(row))) }
        return values
    }
}
