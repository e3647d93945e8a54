import Coordinator
import GRDB
import Journal
import LogDogModel
import Platform

// Families: those that are not finished, for a start, and each one when somebody asks for it.
extension SQLiteCatalog {
    package func loadWarm(grace: Duration) throws(CatalogError) -> CatalogContents {
        try CatalogError.wrapping {
            try self.pool.read { database in
                var contents = CatalogContents(checkpoint: try checkpoint(in: database))
                contents.isWhole = false
                let time = contents.checkpoint.time
                let bounds: StatementArguments = [
                    time.microseconds, time.adding(.zero - grace).microseconds,
                ]
                contents.prefixes = try rows(
                    of: PrefixRow.table, "WHERE id IN (\(Self.warmPrefixes)) ORDER BY id", bounds,
                    in: database
                ) { row throws(CatalogError) in try PrefixRow.read(row) }
                let owners = Dictionary(
                    uniqueKeysWithValues: contents.prefixes.map { ($0.id, $0) })
                contents.streams = try rows(
                    of: StreamRow.table, "WHERE prefix IN (\(Self.warmPrefixes))", bounds,
                    in: database
                ) { row throws(CatalogError) in try StreamRow.read(row) { owners[$0] } }
                contents.streams.sort { $0.id < $1.id }
                try loadRest(of: &contents, in: database)
                return contents
            }
        }
    }

    /// The prefixes whose families are not finished: what `Family.isFinished` says, each part along
    /// an index. The first place is the time, the second the latest archival of a finished stream.
    private static let warmPrefixes = """
        SELECT id FROM prefix WHERE expires > ?1
        UNION SELECT id FROM prefix WHERE deleted IS NOT NULL
        UNION SELECT prefix FROM stream WHERE archived IS NULL
        UNION SELECT prefix FROM stream WHERE archived > ?2
        UNION SELECT stream.prefix FROM archive_task JOIN stream ON stream.id = archive_task.stream
        """

    package func find(_ subject: FamilySubject) throws(CatalogError) -> FoundEntity? {
        try CatalogError.wrapping {
            try self.pool.read { database in
                let found = try find(subject, in: database)
                return found?.prefix.deleted == nil ? found : nil
            }
        }
    }

    package func family(of subject: FamilySubject) throws(CatalogError) -> Family? {
        try CatalogError.wrapping {
            try self.pool.read { database in
                guard let prefix = try find(subject, in: database)?.prefix else { return nil }
                return Family(
                    prefix: prefix,
                    streams: try rows(
                        of: StreamRow.table, "WHERE prefix = ?", [prefix.id.record.stored],
                        in: database
                    ) { row throws(CatalogError) in try StreamRow.read(row) { _ in prefix } })
            }
        }
    }

    private func find(_ subject: FamilySubject, in database: Database) throws -> FoundEntity? {
        switch subject {
        case .prefix(let key):
            try prefixes(
                "WHERE project = ? AND hash = ? AND deleted IS NULL ORDER BY id DESC LIMIT 1",
                Self.arguments(key.project, key.hash), in: database
            ).first.map { FoundEntity(prefix: $0, stream: nil) }
        case .prefixID(let id):
            try prefixes("WHERE id = ?", [id.record.stored], in: database).first
                .map { FoundEntity(prefix: $0, stream: nil) }
        case .stream(let key):
            // An older one of the path, of a deleted prefix, may still be there.
            try streams(
                "WHERE project = ? AND hash = ? ORDER BY id DESC",
                Self.arguments(key.project, key.hash), in: database
            ).first { $0.prefix.deleted == nil }
        case .streamID(let id):
            try streams("WHERE id = ?", [id.record.stored], in: database).first
        }
    }

    private static func arguments(_ project: String, _ hash: HashID) -> StatementArguments {
        StatementArguments([DatabaseValue.text(project), .bytes(hash.bytes)])
    }

    private func prefixes(
        _ condition: String, _ arguments: StatementArguments, in database: Database
    ) throws -> [PrefixState] {
        try rows(of: PrefixRow.table, condition, arguments, in: database) {
            row throws(CatalogError) in try PrefixRow.read(row)
        }
    }

    private func streams(
        _ condition: String, _ arguments: StatementArguments, in database: Database
    ) throws -> [FoundEntity] {
        let checked = try rows(of: StreamRow.table, condition, arguments, in: database) { $0 }
        return try checked.map { row in
            var values = row
            _ = try values.record()
            let owner = PrefixID(record: try values.record())
            let prefix = try find(.prefixID(owner), in: database)?.prefix
            let stream = try StreamRow.read(row) { _ in prefix }
            guard let prefix else { throw row.unfit }
            return FoundEntity(prefix: prefix, stream: stream)
        }
    }
}
