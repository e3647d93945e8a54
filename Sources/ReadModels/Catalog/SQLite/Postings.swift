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
    private var sums: Sums
    private var byHash: [Change] = []
    private var byAge: [Change] = []

    private struct Sums: Hashable {
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

    /// Adds all that a stream is found by; it is new to the catalog.
    mutating func add(_ stream: StreamState) {
        change(SearchProperty.own(of: stream), of: stream, adding: true)
        if stream.purged { setPurged(stream, to: true) }
        changeByAge(SearchProperty.ofPath(of: stream), of: stream, adding: true)
    }

    /// Takes away all that a stream is found by; `stream` is as its row has it.
    mutating func remove(_ stream: StreamState) {
        change(SearchProperty.own(of: stream), of: stream, adding: false)
        if stream.purged { setPurged(stream, to: false) }
        changeByAge(SearchProperty.ofPath(of: stream), of: stream, adding: false)
    }

    /// Purging is the only property that changes.
    mutating func setPurged(_ stream: StreamState, to purged: Bool) {
        change([SearchProperty.purged], of: stream, adding: purged)
    }

    private mutating func change(
        _ properties: [String], of stream: StreamState, adding: Bool
    ) {
        let place = Self.place(of: stream.hash)
        for property in properties {
            byHash.append(
                Change(
                    key: [
                        stream.prefix.record.stored, SearchTerm(property).number, place,
                        stream.id.record.stored,
                    ], adding: adding))
        }
        changeByAge(properties, of: stream, adding: adding)
    }

    private mutating func changeByAge(
        _ properties: [String], of stream: StreamState, adding: Bool
    ) {
        for property in properties {
            byAge.append(
                Change(
                    key: [
                        SearchTerm(property, in: stream.project).number,
                        stream.created.microseconds, stream.id.record.stored, 0,
                    ], adding: adding))
        }
    }

    /// Writes what was changed, and the sums; once a transaction.
    ///
    /// In the order of the keys, so that each page of the file is touched once.
    mutating func write(to database: Database) throws {
        sums.byHash &+= try Self.write(
            byHash, columns: ["prefix", "term", "place", "stream"], of: "posting_by_hash",
            to: database)
        sums.byAge &+= try Self.write(
            byAge, columns: ["term", "created", "stream"], of: "posting_by_age", to: database)
        byHash = []
        byAge = []
        try Self.sumTable.write(
            [
                .integer(1), .integer(Int64(bitPattern: sums.byHash)),
                .integer(Int64(bitPattern: sums.byAge)),
            ], to: database)
    }

    /// What the changes add to the sum of the table, modulo 2^64.
    private static func write(
        _ changes: [Change], columns: [String], of table: String, to database: Database
    ) throws -> UInt64 {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let insertion = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO \(table) VALUES (\(places))")
        let condition = columns.map { "\($0) = ?" }.joined(separator: " AND ")
        let deletion = try database.cachedStatement(sql: "DELETE FROM \(table) WHERE \(condition)")
        var sum: UInt64 = 0
        let inOrder = changes.indices.sorted { left, right in
            // What was changed twice ends as it was changed last.
            Change.isBefore(changes[left], changes[right])
                || (changes[left].key == changes[right].key && left < right)
        }
        for change in inOrder.map({ changes[$0] }) {
            let row = columns.indices.map { change.key[$0] }
            try (change.adding ? insertion : deletion).execute(arguments: StatementArguments(row))
            // Nothing changes where two properties of a stream have one number.
            guard database.changesCount > 0 else { continue }
            sum = change.adding ? sum &+ Self.sum(row) : sum &- Self.sum(row)
        }
        return sum
    }

    private struct Change {
        /// The columns of its row; 0 behind the last.
        let key: SIMD4<Int64>
        let adding: Bool

        static func isBefore(_ left: Change, _ right: Change) -> Bool {
            for column in 0..<4 where left.key[column] != right.key[column] {
                return left.key[column] < right.key[column]
            }
            return false
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
