import ByteCoding
import Coordinator
import GRDB
import LogDogModel

/// The index of what streams are found by: for each property of a stream a row in the order in
/// which hits come, once by hash within its prefix and once by age within its project.
///
/// The rows follow from those of `stream`; a sum over all of them tells whether one is missing.
struct Postings {
    static let sumTable = CatalogTable("posting_sum", "id by_hash by_age")

    /// The sums of the rows as they should be.
    private(set) var sums: Sums

    struct Sums: Hashable {
        var byHash: UInt64 = 0
        var byAge: UInt64 = 0
    }

    init(in database: Database) throws {
        sums = Sums()
        let table = Self.sumTable
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT \(table.selection) FROM \(table.name)")
        else { return }
        var values = try table.check(row)
        _ = try values.integer()
        sums.byHash = UInt64(bitPattern: try values.integer())
        sums.byAge = UInt64(bitPattern: try values.integer())
    }

    /// Writes the sums down; once a transaction.
    func writeSums(to database: Database) throws {
        try Self.sumTable.write(
            [
                .integer(1), .integer(Int64(bitPattern: sums.byHash)),
                .integer(Int64(bitPattern: sums.byAge)),
            ], to: database)
    }

    /// Adds all that a stream is found by; it is new to the catalog.
    mutating func add(_ stream: StreamState, to database: Database) throws {
        try change(stream, SearchProperty.own(of: stream), adding: true, in: database)
        if stream.purged { try setPurged(stream, to: true, in: database) }
        try changeByAge(stream, SearchProperty.ofPath(of: stream), adding: true, in: database)
    }

    /// Takes away all that a stream is found by; `stream` is as its row has it.
    mutating func remove(_ stream: StreamState, from database: Database) throws {
        try change(stream, SearchProperty.own(of: stream), adding: false, in: database)
        if stream.purged { try setPurged(stream, to: false, in: database) }
        try changeByAge(stream, SearchProperty.ofPath(of: stream), adding: false, in: database)
    }

    /// Purging is the only property that changes.
    mutating func setPurged(
        _ stream: StreamState, to purged: Bool, in database: Database
    ) throws {
        try change(stream, [SearchProperty.purged], adding: purged, in: database)
    }

    private mutating func change(
        _ stream: StreamState, _ properties: [String], adding: Bool, in database: Database
    ) throws {
        let statement = try database.cachedStatement(
            sql: adding
                ? "INSERT OR IGNORE INTO posting_by_hash VALUES (?, ?, ?, ?)"
                : "DELETE FROM posting_by_hash WHERE prefix = ? AND term = ? AND place = ? "
                    + "AND stream = ?")
        let place = Self.place(of: stream.hash)
        for property in properties {
            let row = [
                stream.prefix.record.stored, SearchTerm(property).number, place,
                stream.id.record.stored,
            ]
            try statement.execute(arguments: StatementArguments(row))
            // Nothing changes where two properties of a stream have one number.
            guard database.changesCount > 0 else { continue }
            sums.byHash = adding ? sums.byHash &+ Self.sum(row) : sums.byHash &- Self.sum(row)
        }
        try changeByAge(stream, properties, adding: adding, in: database)
    }

    private mutating func changeByAge(
        _ stream: StreamState, _ properties: [String], adding: Bool, in database: Database
    ) throws {
        let statement = try database.cachedStatement(
            sql: adding
                ? "INSERT OR IGNORE INTO posting_by_age VALUES (?, ?, ?)"
                : "DELETE FROM posting_by_age WHERE term = ? AND created = ? AND stream = ?")
        for property in properties {
            let row = [
                SearchTerm(property, in: stream.project).number, stream.created.microseconds,
                stream.id.record.stored,
            ]
            try statement.execute(arguments: StatementArguments(row))
            guard database.changesCount > 0 else { continue }
            sums.byAge = adding ? sums.byAge &+ Self.sum(row) : sums.byAge &- Self.sum(row)
        }
    }

    /// Where a stream stands among the others of its prefix: the beginning of its hash, in the
    /// order of SQLite's integers.
    static func place(of hash: HashID) -> Int64 {
        Int64(bitPattern: hash.leadingWord ^ (1 << 63))
    }
}

// Looking whether all rows are there.
extension Postings {
    /// - Throws: `damaged` if the rows do not add up to the sums; reads all of them.
    func check(in database: Database) throws {
        let byHash = try Self.sum(
            of: ["prefix", "term", "place", "stream"], in: "posting_by_hash", database)
        let byAge = try Self.sum(of: ["term", "created", "stream"], in: "posting_by_age", database)
        guard Sums(byHash: byHash, byAge: byAge) == sums else {
            throw CatalogError.damaged("the postings do not add up to their sum")
        }
    }

    /// A number below 2^32 that depends on every bit of a row.
    private static func sum(_ row: [Int64]) -> UInt64 {
        // The same as `expression`, which SQLite computes with integers of 64 bits.
        row.enumerated().reduce(into: UInt64(1)) { sum, item in
            let number = UInt64(bitPattern: item.element)
            let low = number & 0xffff_ffff
            let high = number >> 32
            sum = (sum * factors[item.offset] + low * 3 + high) & 0xffff_ffff
        }
    }

    private static let factors: [UInt64] = [1, 1_000_003, 998_117, 999_979]

    private static func sum(
        of columns: [String], in table: String, _ database: Database
    ) throws -> UInt64 {
        let expression = columns.enumerated().reduce("1") { sum, item in
            "((\(sum) * \(factors[item.offset]) + (\(item.element) & 4294967295) * 3 "
                + "+ ((\(item.element) >> 32) & 4294967295)) & 4294967295)"
        }
        let total = try Int64.fetchOne(database, sql: "SELECT sum(\(expression)) FROM \(table)")
        return UInt64(bitPattern: total ?? 0)
    }
}
