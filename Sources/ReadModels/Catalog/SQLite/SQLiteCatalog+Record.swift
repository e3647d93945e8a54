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
                    try PrefixRow.table.write(PrefixRow.values(of: prefix), to: database)
                }
                var postings = try Postings(in: database)
                for (_, stream) in changes.streams.sorted(by: { $0.key < $1.key }) {
                    try write(stream, to: database, &postings)
                }
                for id in changes.removedStreams.sorted() {
                    try remove(id, from: database, &postings)
                }
                try postings.write(to: database)
                for id in changes.removedPrefixes.sorted() {
                    try database.cachedStatement(sql: "DELETE FROM prefix WHERE id = ?")
                        .execute(arguments: [id.record.stored])
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
                if let retention = changes.retention {
                    try RetentionRow.table.write(
                        RetentionRow.values(of: retention), to: database)
                }
                try CheckpointRow.table.write(
                    CheckpointRow.values(of: changes.checkpoint), to: database)
            }
        }
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

    /// Takes a stream out with all that it is found by; its prefix is still there.
    private func remove(
        _ id: StreamID, from database: Database, _ postings: inout Postings
    ) throws {
        let table = StreamRow.table
        let statement = try database.cachedStatement(
            sql: "SELECT \(table.selection) FROM \(table.name) WHERE id = ?")
        // One that came and went within a batch was never written.
        guard let row = try Row.fetchOne(statement, arguments: [id.record.stored]) else { return }
        let owner = try table.check(row).values[1]
        guard case .int64(let number) = owner.storage else {
            throw CatalogError.damaged("a stream has a prefix")
        }
        let prefix = try prefix(numbered: number, in: database)
        postings.remove(try StreamRow.read(try table.check(row)) { _ in prefix })
        try database.cachedStatement(sql: "DELETE FROM stream WHERE id = ?")
            .execute(arguments: [id.record.stored])
    }

    private func prefix(numbered number: Int64, in database: Database) throws -> PrefixState? {
        let table = PrefixRow.table
        let statement = try database.cachedStatement(
            sql: "SELECT \(table.selection) FROM prefix WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [number])
            .map { try PrefixRow.read(try table.check($0)) }
    }

    private func write(
        _ stream: StreamState, to database: Database, _ postings: inout Postings
    ) throws {
        let statement = try database.cachedStatement(sql: "SELECT purged FROM stream WHERE id = ?")
        let wasPurged = try Bool.fetchOne(statement, arguments: [stream.id.record.stored])
        try StreamRow.table.write(StreamRow.values(of: stream), to: database)
        // Of what it is found by, only whether it is purged changes.
        guard let wasPurged else { return postings.add(stream) }
        guard wasPurged != stream.purged else { return }
        postings.setPurged(stream, to: stream.purged)
    }
}
