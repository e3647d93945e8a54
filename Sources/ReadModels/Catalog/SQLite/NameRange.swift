import GRDB
import LogDogModel

/// The streams of one prefix whose names begin, or end, with some text: what an index narrows a
/// glob down to.
struct NameRange {
    /// So many are taken out of the order of the index and put into that of the hits. Where there
    /// are more, enough of them fit a glob for a walk along the hits to find a page soon.
    static let limit = 16_384

    /// A name begins with that text, or a name written backwards does.
    let column: Column
    /// Without it a range would be everything.
    let beginning: String
    /// Up to `limit`.
    let count: Int

    enum Column: String {
        case name
        case ending

        var index: String { "stream_by_\(rawValue)" }
    }

    /// The smaller one of the two ranges that hold all names which match; nil if neither is below
    /// the limit.
    static func narrowest(
        for pattern: PathPattern, in prefix: Int64, _ database: Database
    ) throws -> NameRange? {
        let ranges = [(Column.name, pattern.beginning), (.ending, pattern.ending.backwards)]
        return try ranges.filter { !$0.1.isEmpty }
            .map { try NameRange($0.0, $0.1, in: prefix, database) }
            .filter { $0.count < limit }
            .min { $0.count < $1.count }
    }

    private init(
        _ column: Column, _ beginning: String, in prefix: Int64, _ database: Database
    ) throws {
        self.column = column
        self.beginning = beginning
        let statement = try database.cachedStatement(
            sql: """
                SELECT count(*) FROM (SELECT 1 FROM stream INDEXED BY \(column.index)
                WHERE \(Self.condition(column)) LIMIT \(Self.limit))
                """)
        let bounds = Self.bounds(beginning)
        count =
            try Int.fetchOne(
                statement, arguments: StatementArguments([prefix.databaseValue] + bounds)) ?? 0
    }

    /// With the prefix and both bounds.
    var condition: String { Self.condition(column) }
    var arguments: [DatabaseValue] { Self.bounds(beginning) }

    private static func condition(_ column: Column) -> String {
        "prefix = ? AND \(column.rawValue) >= ? AND \(column.rawValue) < ?"
    }

    /// The text, and the first one behind all that begin with it: names are ASCII.
    private static func bounds(_ beginning: String) -> [DatabaseValue] {
        var behind = Array(beginning.utf8)
        if let last = behind.popLast() { behind.append(last &+ 1) }
        return [beginning.databaseValue, String(decoding: behind, as: UTF8.self).databaseValue]
    }
}
