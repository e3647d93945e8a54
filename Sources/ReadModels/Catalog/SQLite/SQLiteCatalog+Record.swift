import Coordinator
import GRDB
import Journal
import LogDogModel

// Writing: one transaction for everything that a batch of commits changed.
extension SQLiteCatalog {
    package func record(_ changes: CatalogChanges) throws(CatalogError) {
        try CatalogError.wrapping {
            try self.pool.write { database in
                // In the order of keys: the same file comes out whatever the order of a set.
                for (_, prefix) in changes.prefixes.sorted(by: { $0.key < $1.key }) {
                    try write(prefix, to: database)
                }
                for (_, stream) in changes.streams.sorted(by: { $0.key < $1.key }) {
                    try write(stream, to: database)
                }
                for (id, task) in changes.tasks.sorted(by: { $0.key < $1.key }) {
                    try write(task, numbered: id, to: database)
                }
                for id in changes.settled.sorted() {
                    try database.cachedStatement(sql: "DELETE FROM pending WHERE id = ?")
                        .execute(arguments: [id.stored])
                }
                for (_, mutation) in changes.scheduled.sorted(by: { $0.key < $1.key }) {
                    try PendingRow.table.write(
                        PendingRow.values(of: mutation, machine), to: database)
                }
                for segment in changes.segments.sorted() {
                    try CatalogTable.journalSegment.write([.record(segment)], to: database)
                }
                if let configuration = changes.configuration {
                    try ConfigurationRow.table.write(
                        ConfigurationRow.values(of: configuration), to: database)
                }
                try CheckpointRow.table.write(
                    CheckpointRow.values(of: changes.checkpoint), to: database)
            }
        }
    }

    private func write(_ prefix: PrefixState, to database: Database) throws {
        let isNew = try !PrefixRow.table.holds(prefix.id.record, in: database)
        try PrefixRow.table.write(PrefixRow.values(of: prefix), to: database)
        guard isNew else { return }
        try write(
            PathSegments(prefix.prefix), of: prefix.id.record, to: "prefix_segment", in: database)
    }

    private func write(
        _ task: ArchiveTask?, numbered id: TaskID, to database: Database
    ) throws {
        if let task {
            try ArchiveTaskRow.table.write(ArchiveTaskRow.values(of: task), to: database)
        } else {
            try database.cachedStatement(sql: "DELETE FROM archive_task WHERE id = ?")
                .execute(arguments: [id.record.stored])
        }
    }

    private func write(_ stream: StreamState, to database: Database) throws {
        let isNew = try !StreamRow.table.holds(stream.id.record, in: database)
        try StreamRow.table.write(StreamRow.values(of: stream), to: database)
        // Name and tags never change: their rows are written once.
        guard isNew else { return }
        try write(
            PathSegments(stream.path.name), of: stream.id.record, to: "stream_segment",
            in: database)
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO stream_tag VALUES (?, ?, ?)")
        for (key, value) in stream.descriptor.tags.sorted(by: { $0.key < $1.key }) {
            try statement.execute(arguments: [
                stream.id.record.stored, key, DatabaseValue.text(value),
            ])
        }
    }

    private func write(
        _ segments: PathSegments, of owner: RecordNumber, to table: String, in database: Database
    ) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO \(table) VALUES (?, ?, ?, ?)")
        for (position, segment) in segments.texts.enumerated() {
            try statement.execute(
                arguments: [
                    owner.stored, position, segments.texts.count - 1 - position, segment,
                ])
        }
    }
}

extension CatalogTable {
    func holds(_ id: RecordNumber, in database: Database) throws -> Bool {
        let statement = try database.cachedStatement(sql: "SELECT 1 FROM \(name) WHERE id = ?")
        return try Bool.fetchOne(statement, arguments: [id.stored]) != nil
    }
}

/// The segments of a prefix or a name, as the catalog indexes them.
struct PathSegments: Hashable {
    let texts: [String]

    init(_ path: String) {
        texts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
}
