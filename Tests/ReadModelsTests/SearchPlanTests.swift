import Coordinator
import GRDB
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// How SQLite goes through the catalog: along an index, never over all rows, and never sorting.
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
        for expression in ["p/+/**", "p/+/s", "p/+/a*"] {
            for isFirst in [true, false] {
                var query = try CatalogRowsFixture.query(expression)
                Self.filters[number](&query)
                query.after = isFirst ? nil : QueryToken(following: stream, in: query.search)
                try check(try steps(query, prefix: prefix.id))
            }
        }
        for expression in ["", "p", "p/*/**/q", "**/+/a/*"] {
            for isFirst in [true, false] {
                var query = try CatalogRowsFixture.classicQuery(expression)
                Self.filters[number](&query)
                query.after = isFirst ? nil : QueryToken(following: stream, in: query.search)
                try check(try steps(query, prefix: nil))
            }
        }
    }

    private func check(_ steps: [String]) throws {
        #expect(!steps.isEmpty)
        for step in steps {
            #expect(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "\(steps)")
        }
    }
}
