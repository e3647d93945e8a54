import GRDB
import LogDogModel
import Platform

/// How SQLite goes through the catalog for a search: along one index, in the order of the hits.
///
/// Of the properties that every hit has, the rarest is walked along; whether the others are there
/// is looked up. A glob over names is narrowed down by what it begins or ends with, if that leaves
/// few. What is left to check on each row is `StreamQuery.matches`.
struct SearchPlan {
    /// Properties that SQL looks at; any further ones are checked on what it finds.
    private static let termLimit = 16
    /// So far rows are counted when the rarest property is looked for.
    private static let countLimit = 4096

    let sql: String
    let arguments: StatementArguments
    /// Whether it finds ids and names alone, out of an index, instead of whole rows.
    private(set) var isOfNames = false
    /// Whether those names are written backwards.
    private var isBackwards = false
    private let search: StreamSearch

    /// The row of one stream, by its id.
    static let wholeRow = "SELECT \(StreamRow.table.selection) FROM stream WHERE id = ?"

    /// Whether a row that was found may be a hit, by its name.
    func fits(_ row: Row) -> Bool {
        guard case .names(let pattern) = search else { return true }
        guard isOfNames else { return pattern.matches(name: row["name"]) }
        let name: String = row[1]
        return pattern.matches(name: isBackwards ? name.backwards : name)
    }

    init(_ question: CatalogQuery, in database: Database) throws {
        let query = question.query
        let properties = SearchProperty.wanted(by: query).prefix(Self.termLimit)
        if let prefix = question.prefix {
            let steps = Walk.byHash(prefix.record.stored, query)
            let terms = try steps.counted(properties.map { SearchTerm($0) }, in: database)
            guard case .names(let pattern) = query.search else {
                preconditionFailure("streams of one prefix are searched by name")
            }
            if let name = pattern.literalName {
                self = Self.single(
                    HashID.ofStream(prefix: pattern.prefix, name: name), prefix.record.stored,
                    query.search)
            } else if let range = try NameRange.narrowest(
                for: pattern, in: prefix.record.stored, database),
                // A property that was not counted to its end may be on any number of streams.
                range.count < terms.first.flatMap({ $0.count < Self.countLimit ? $0.count : nil })
                    ?? .max
            {
                self = Self.names(in: range, steps, prefix.record.stored, query.search)
            } else if !terms.isEmpty {
                self = Self.along(terms.map(\.term), steps, query.search)
            } else if pattern.beginning.isEmpty, pattern.ending.isEmpty, pattern.glob == "**" {
                self = Self.plain(
                    steps, "prefix = ?", prefix.record.stored.databaseValue, query.search)
            } else {
                self = Self.allNames(steps, prefix.record.stored, query.search)
            }
        } else {
            let steps = Walk.byAge(query)
            let terms = try steps.counted(
                properties.map { SearchTerm($0, in: query.project) }, in: database)
            self =
                terms.isEmpty
                ? Self.plain(steps, "project = ?", .text(query.project), query.search)
                : Self.along(terms.map(\.term), steps, query.search)
        }
    }

    private init(_ sql: String, _ arguments: [DatabaseValue], _ search: StreamSearch) {
        self.sql = sql
        self.arguments = StatementArguments(arguments)
        self.search = search
    }

    /// The names of a range, brought into the order of the hits.
    private static func names(
        in range: NameRange, _ steps: Walk, _ prefix: Int64, _ search: StreamSearch
    ) -> SearchPlan {
        let conditions = [range.condition] + steps.streamBounds.map(\.condition)
        var plan = SearchPlan(
            """
            SELECT id, \(range.column.rawValue) FROM stream INDEXED BY \(range.column.index)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(steps.streamOrder)
            """,
            [prefix.databaseValue] + range.arguments + steps.streamBounds.flatMap(\.values), search)
        plan.isOfNames = true
        plan.isBackwards = range.column == .ending
        return plan
    }

    /// All names of a prefix in the order of the hits, out of the index alone.
    private static func allNames(
        _ steps: Walk, _ prefix: Int64, _ search: StreamSearch
    ) -> SearchPlan {
        let conditions = ["prefix = ?"] + steps.streamBounds.map(\.condition)
        var plan = SearchPlan(
            """
            SELECT id, name FROM stream INDEXED BY \(steps.streamIndex)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(steps.streamOrder)
            """, [prefix.databaseValue] + steps.streamBounds.flatMap(\.values), search)
        plan.isOfNames = true
        return plan
    }

    private static func single(
        _ hash: HashID, _ prefix: Int64, _ search: StreamSearch
    ) -> SearchPlan {
        SearchPlan(
            "SELECT \(StreamRow.table.selection) FROM stream INDEXED BY stream_by_prefix "
                + "WHERE prefix = ? AND hash = ?", [prefix.databaseValue, .bytes(hash.bytes)],
            search)
    }

    private static func plain(
        _ steps: Walk, _ scope: String, _ value: DatabaseValue, _ search: StreamSearch
    ) -> SearchPlan {
        SearchPlan(
            """
            SELECT \(StreamRow.table.selection) FROM stream INDEXED BY \(steps.streamIndex)
            WHERE \(([scope] + steps.streamBounds.map(\.condition)).joined(separator: " AND "))
            ORDER BY \(steps.streamOrder)
            """, [value] + steps.streamBounds.flatMap(\.values), search)
    }

    private static func along(
        _ terms: [SearchTerm], _ steps: Walk, _ search: StreamSearch
    ) -> SearchPlan {
        var conditions = steps.scope.map { _ in ["p.prefix = ?"] } ?? []
        var arguments = steps.scope.map { [$0.databaseValue] } ?? []
        conditions.append("p.term = ?")
        arguments += terms.prefix(1).map { $0.number.databaseValue }
        for bound in steps.postingBounds {
            conditions.append(bound.condition)
            arguments += bound.values
        }
        for term in terms.dropFirst() {
            conditions.append(
                "EXISTS (SELECT 1 FROM \(steps.table) AS q WHERE \(steps.same) AND q.term = ?)")
            arguments.append(term.number.databaseValue)
        }
        // A cross join keeps the order of its tables: the posting comes first.
        return SearchPlan(
            """
            SELECT \(StreamRow.table.selection) FROM \(steps.table) AS p
            CROSS JOIN stream ON stream.id = p.stream
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(steps.postingOrder)
            """, arguments, search)
    }
}

/// One of the two orders in which a catalog can be walked through.
private struct Walk {
    /// A condition and the values for its places.
    typealias Bound = (condition: String, values: [DatabaseValue])

    let table: String
    /// The prefix, where the rows of the table begin with it.
    let scope: Int64?
    /// What rows of the same stream have in common.
    let same: String
    let postingOrder: String
    let postingBounds: [Bound]
    let streamIndex: String
    let streamOrder: String
    let streamBounds: [Bound]

    static func byHash(_ prefix: Int64, _ query: StreamQuery) -> Walk {
        var streamBounds: [Bound] = []
        var postingBounds: [Bound] = []
        if case .after(let hash) = query.after {
            streamBounds = [("hash > ?", [.bytes(hash.bytes)])]
            // Hashes that begin alike are told apart on the rows.
            postingBounds = [("p.place >= ?", [Postings.place(of: hash).databaseValue])]
        }
        return Walk(
            table: "posting_by_hash", scope: prefix,
            same: "q.prefix = p.prefix AND q.place = p.place AND q.stream = p.stream",
            postingOrder: "p.place", postingBounds: postingBounds,
            streamIndex: "stream_by_prefix", streamOrder: "hash", streamBounds: streamBounds)
    }

    static func byAge(_ query: StreamQuery) -> Walk {
        var bounds: [(column: String, operation: String, values: [DatabaseValue])] = []
        if let newer = query.newer { bounds.append(("created", "> ?", [.time(newer)])) }
        if let older = query.older { bounds.append(("created", "< ?", [.time(older)])) }
        var streamBounds: [Bound] = bounds.map { ("\($0.column) \($0.operation)", $0.values) }
        var postingBounds: [Bound] = bounds.map { ("p.\($0.column) \($0.operation)", $0.values) }
        if case .before(let created, let id) = query.after {
            let values: [DatabaseValue] = [.time(created), id.record.stored.databaseValue]
            streamBounds.append(("(created, id) < (?, ?)", values))
            postingBounds.append(("(p.created, p.stream) < (?, ?)", values))
        }
        return Walk(
            table: "posting_by_age", scope: nil,
            same: "q.created = p.created AND q.stream = p.stream",
            postingOrder: "p.created DESC, p.stream DESC", postingBounds: postingBounds,
            streamIndex: "stream_by_age", streamOrder: "created DESC, id DESC",
            streamBounds: streamBounds)
    }

    /// The terms and how many rows they have, up to a limit; the one with the fewest first.
    func counted(
        _ terms: [SearchTerm], in database: Database
    ) throws -> [(term: SearchTerm, count: Int)] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT count(*) FROM (SELECT 1 FROM \(table)
                WHERE \(scope == nil ? "" : "prefix = ? AND ")term = ? LIMIT \(SearchPlan.counted))
                """)
        let counted = try terms.map { term in
            let values = (scope.map { [$0] } ?? []) + [term.number]
            return try Int.fetchOne(statement, arguments: StatementArguments(values)) ?? 0
        }
        return zip(terms, counted).map { (term: $0, count: $1) }.sorted { $0.count < $1.count }
    }
}

extension SearchPlan {
    fileprivate static var counted: Int { countLimit }
}
