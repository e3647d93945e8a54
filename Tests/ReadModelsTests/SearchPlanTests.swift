import Coordinator
import GRDB
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// How SQLite goes through the catalog: along an index, never over all rows, and sorting nothing but
/// the few names that a glob is narrowed down to.
@Suite(.serialized) struct SearchPlanTests {
    private let directory: TemporaryDirectory
    private let catalog: SQLiteCatalog
    private let prefix: PrefixState

    init() throws {
        directory = try TemporaryDirectory()
        catalog = try SQLiteCatalog(
            path: "\(directory.path)/catalog.sqlite", machine: CoordinatorMachine())
        prefix = try CatalogRowsFixture.prefix(1, "p")
    }

    /// SQLite's own words on the search, step by step.
    private func steps(_ query: StreamQuery, prefix: PrefixID?) throws -> [String] {
        try catalog.pool.read { database in
            let plan = try SearchPlan(
                CatalogQuery(query, prefix: prefix, deadline: .now + .seconds(600)), in: database)
            return try Row.fetchAll(
                database, sql: "EXPLAIN QUERY PLAN " + plan.sql, arguments: plan.arguments
            ).map { $0["detail"] as String }
        }
    }

    private static let filters: [@Sendable (inout StreamQuery) -> Void] = [
        { _ in },
        { $0.tags = ["a": "b"] },
        { $0.tags = ["a": "b", "c": ""] },
        { $0.contentType = "text/plain" },
        { $0.streamType = .binary },
        { $0.purged = .alone },
        { query in
            query.tags = ["a": ""]
            query.streamType = .text
            query.newer = .zero
            query.older = Timestamp(microseconds: 9)
        },
    ]

    @Test(arguments: filters.indices)
    func `no search scans or sorts`(_ number: Int) throws {
        let stream = try CatalogRowsFixture.stream(2, of: prefix, "s")
        for expression in ["p/+/**", "p/+/s", "p/+/*", "p/+/a*", "p/+/**/a"] {
            for isFirst in [true, false] {
                var query = try CatalogRowsFixture.query(expression)
                Self.filters[number](&query)
                query.after = isFirst ? nil : QueryToken(following: stream, in: query.search)
                // Nothing has the property here, and so no name is the fewer.
                let narrows = expression.contains("a") && number == 0
                try check(try steps(query, prefix: prefix.id), maySort: narrows)
            }
        }
        for expression in ["", "p", "p/*/**/q", "**/+/a/*"] {
            for isFirst in [true, false] {
                var query = try CatalogRowsFixture.classicQuery(expression)
                Self.filters[number](&query)
                query.after = isFirst ? nil : QueryToken(following: stream, in: query.search)
                try check(try steps(query, prefix: nil), maySort: false)
            }
        }
    }

    private func check(_ steps: [String], maySort: Bool) throws {
        #expect(!steps.isEmpty)
        for step in steps {
            #expect(!step.contains("SCAN"), "\(steps)")
            #expect(maySort || !step.contains("TEMP B-TREE"), "\(steps)")
        }
    }

    // swift-format-ignore
    @Test(arguments: [
        ("p/+/a*",     "stream_by_name"),
        ("p/+/a/**/b", "stream_by_name"),
        ("p/+/**/b",   "stream_by_ending"),
        ("p/+/*",      "COVERING INDEX stream_by_prefix"),
    ])
    func `a glob is narrowed down by what it begins or ends with`(
        _ expression: String, _ index: String
    ) throws {
        let query = try CatalogRowsFixture.query(expression)
        let steps = try steps(query, prefix: prefix.id)
        #expect(steps.contains { $0.contains(index) }, "\(steps)")
    }
}
