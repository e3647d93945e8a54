import Coordinator
import GRDB
import Journal
import Platform

// What may leave. Plain columns are enough: the rules look at each stream again.
extension SQLiteCatalog {
    private static let bytes = "s.stream_size + s.index_size + s.data_size"

    /// Skips from project to project along the index, whatever the number of streams.
    package func projects() throws(CatalogError) -> [String] {
        try CatalogError.wrapping {
            try self.pool.read { database in
                try String.fetchAll(
                    database,
                    sql: """
                        WITH RECURSIVE found(project) AS (
                            SELECT min(project) FROM stream
                            UNION ALL
                            SELECT (SELECT min(project) FROM stream
                                    WHERE project > found.project)
                            FROM found WHERE project IS NOT NULL)
                        SELECT project FROM found WHERE project IS NOT NULL
                        """)
            }
        }
    }

    package func candidates(
        _ query: RetentionQuery
    ) throws(CatalogError) -> [RetentionCandidate] {
        let archivedBy = query.anyArchived ? Timestamp.distantFuture : query.archivedBy
        // A stream is archived after it was registered.
        let last = max(query.createdBy, archivedBy ?? query.createdBy)
        let after = query.after
        return try CatalogError.wrapping {
            try self.pool.read { database in
                let statement = try database.cachedStatement(
                    sql: """
                        SELECT s.id, s.prefix, s.created, s.archived, \(Self.bytes) AS bytes
                        FROM stream s JOIN prefix p ON p.id = s.prefix
                        WHERE s.project = ? AND (s.created, s.id) > (?, ?) AND s.created <= ?
                            AND (s.created <= ? OR s.archived <= ?)
                            AND p.held IS NULL AND p.deleted IS NULL
                        ORDER BY s.created, s.id LIMIT ?
                        """)
                let rows = try Row.fetchCursor(
                    statement,
                    arguments: [
                        query.project, after?.created.microseconds ?? .min,
                        after?.stream.record.stored ?? 0, last.microseconds,
                        query.createdBy.microseconds, archivedBy?.microseconds, query.limit,
                    ])
                var found: [RetentionCandidate] = []
                while let row = try rows.next() { found.append(Self.candidate(row)) }
                return found
            }
        }
    }

    package func archived(of project: String) throws(CatalogError) -> ArchivedTotals {
        try CatalogError.wrapping {
            try self.pool.read { database in
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) AS streams, total(\(Self.bytes)) AS bytes FROM stream s
                        WHERE s.project = ? AND s.archived IS NOT NULL
                        """, arguments: [project])
                var totals = ArchivedTotals()
                totals.streams = row?["streams"] ?? 0
                totals.bytes = UInt64(max(0, (row?["bytes"] as Double?) ?? 0))
                return totals
            }
        }
    }

    private static func candidate(_ row: Row) -> RetentionCandidate {
        RetentionCandidate(
            stream: StreamID(record: RecordNumber(stored: row["id"])),
            prefix: PrefixID(record: RecordNumber(stored: row["prefix"])),
            created: Timestamp(microseconds: row["created"]),
            archived: (row["archived"] as Int64?).map(Timestamp.init(microseconds:)),
            bytes: UInt64(clamping: (row["bytes"] as Int64?) ?? 0))
    }
}
