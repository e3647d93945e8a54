import Coordinator
import GRDB
import Journal
import LogDogModel

// Searching. SQL narrows the search down; `StreamQuery.matches` has the last word on each row.
extension SQLiteCatalog {
    /// So many rows are looked at between two looks at the clock.
    private static let rowsPerLook = 256

    package func query(_ question: CatalogQuery) throws(CatalogError) -> CatalogPage {
        try CatalogError.wrapping {
            try self.pool.read { database in
                let plan = try SearchPlan(question, in: database)
                let statement = try database.cachedStatement(sql: plan.sql)
                let rows = try Row.fetchCursor(statement, arguments: plan.arguments)
                let wholeRow = try database.cachedStatement(sql: SearchPlan.wholeRow)
                var owners = PrefixOwners(question)
                var page = HitPage(question.query)
                var looked = 0
                while let found = try rows.next() {
                    looked += 1
                    if looked.isMultiple(of: Self.rowsPerLook),
                        ContinuousClock.now >= question.deadline
                    {
                        throw CatalogError.late
                    }
                    // The name is looked at before the row is: most rows of a glob fall here.
                    guard plan.fits(found) else { continue }
                    let row: Row
                    if plan.isOfNames {
                        let id: Int64 = found[0]
                        guard let whole = try Row.fetchOne(wholeRow, arguments: [id]) else {
                            throw CatalogError.damaged("an index names a stream that is not there")
                        }
                        row = whole
                    } else {
                        row = found
                    }
                    let checked = try StreamRow.table.check(row)
                    guard
                        let owner = try owners.owner(
                            RecordNumber(stored: row["prefix"]), in: database)
                    else { continue }
                    let stream = try StreamRow.read(checked) { _ in owner }
                    guard question.query.matches(stream) else { continue }
                    guard page.take(stream) else { break }
                }
                return page.result
            }
        }
    }
}

/// The prefixes of the streams that a search meets.
private struct PrefixOwners {
    private let question: CatalogQuery
    /// Nil for one whose streams the caller may not see.
    private var known: [RecordNumber: PrefixState?] = [:]

    init(_ question: CatalogQuery) { self.question = question }

    /// Nil for one whose streams the caller may not see.
    mutating func owner(_ id: RecordNumber, in database: Database) throws -> PrefixState? {
        if let owner = known[id] { return owner }
        let table = PrefixRow.table
        let statement = try database.cachedStatement(
            sql: "SELECT \(table.selection) FROM prefix WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id.stored]) else {
            throw CatalogError.damaged("a stream has no prefix")
        }
        let prefix = try PrefixRow.read(try table.check(row))
        // For one prefix the caller was asked about before the search.
        let isVisible = question.prefix != nil || question.query.mayList(prefix.fullRealm)
        let owner = isVisible ? prefix : nil
        known[id] = owner
        return owner
    }
}

/// Gathers the hits of a page.
private struct HitPage {
    private let query: StreamQuery
    private var hits: [StreamState] = []

    init(_ query: StreamQuery) { self.query = query }

    /// Takes the next hit; false if it belongs to a later page.
    mutating func take(_ stream: StreamState) -> Bool {
        if hits.count >= query.pageLimit {
            // Hashes that begin alike come in no order: all of them are needed to find the first.
            guard case .names = query.search,
                hits.last?.hash.leadingWord == stream.hash.leadingWord
            else { return false }
        }
        hits.append(stream)
        return true
    }

    var result: CatalogPage {
        let ordered = hits.sorted { query.search.ordersBefore($0, $1) }.prefix(query.pageLimit)
        return CatalogPage(hits: Array(ordered), isFull: ordered.count == query.pageLimit)
    }
}
