import Foundation
import GRDB

/// A row that one catalog has and another has not, or has otherwise.
package struct CatalogDifference: Hashable, Sendable {
    package let table: String
    /// The values of the row's key.
    package let key: String
    /// The first column that differs; nil if the whole row is missing on one side.
    package let column: String?
    /// As the first catalog has it; nil if it has no such row.
    package let first: String?
    package let second: String?
}

/// Compares two catalogs row by row, every table in the order of its key.
///
/// Of each only a row is in memory at a time. Secrets are masked.
package struct CatalogComparison {
    private static let masked: Set = ["secret"]
    /// Bytes of a value that are shown.
    private static let shown = 64

    /// Rows that were compared.
    package private(set) var rows = 0
    package private(set) var differences = 0
    private let report: (CatalogDifference) -> Void

    /// - Parameter report: told of every difference.
    package init(_ report: @escaping (CatalogDifference) -> Void) { self.report = report }

    /// Both files belong to the caller alone.
    package mutating func compare(
        _ first: String, with second: String
    ) throws(CatalogError) {
        var copy = self
        try CatalogError.wrapping {
            let left = try DatabaseQueue(path: first)
            let right = try DatabaseQueue(path: second)
            try left.read { left in
                try right.read { right in
                    let tables = try Self.tables(left)
                    guard try tables == Self.tables(right) else {
                        throw CatalogError.damaged("the catalogs have different tables")
                    }
                    for table in tables { try copy.compare(table, left, right) }
                }
            }
        }
        self = copy
    }

    private static func tables(_ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_master WHERE type = 'table' "
                + "AND name NOT LIKE 'sqlite_%' ORDER BY name")
    }

    private mutating func compare(
        _ table: String, _ left: Database, _ right: Database
    ) throws {
        let key = try left.primaryKey(table).columns
        let order = key.map { "\"\($0)\"" }.joined(separator: ", ")
        let sql = "SELECT * FROM \"\(table)\" ORDER BY \(order)"
        let lefts = try Row.fetchCursor(left, sql: sql)
        let rights = try Row.fetchCursor(right, sql: sql)
        var first = try lefts.next().map { RowValues($0, key) }
        var second = try rights.next().map { RowValues($0, key) }
        while first != nil || second != nil {
            rows += 1
            let order = RowValues.order(first, second)
            switch order {
            case .orderedSame:
                compare(table, first, second)
                first = try lefts.next().map { RowValues($0, key) }
                second = try rights.next().map { RowValues($0, key) }
            case .orderedAscending:
                note(table, first?.keyText, nil, "there", nil)
                first = try lefts.next().map { RowValues($0, key) }
            case .orderedDescending:
                note(table, second?.keyText, nil, nil, "there")
                second = try rights.next().map { RowValues($0, key) }
            }
        }
    }

    private mutating func compare(_ table: String, _ first: RowValues?, _ second: RowValues?) {
        guard let first, let second, first.values != second.values else { return }
        let columns = zip(first.columns, zip(first.values, second.values))
        guard let (column, values) = columns.first(where: { $0.1.0 != $0.1.1 }) else { return }
        let isMasked = Self.masked.contains(column)
        note(
            table, first.keyText, column, isMasked ? "<secret>" : Self.text(values.0),
            isMasked ? "<another secret>" : Self.text(values.1))
    }

    private mutating func note(
        _ table: String, _ key: String?, _ column: String?, _ first: String?, _ second: String?
    ) {
        differences += 1
        report(
            CatalogDifference(
                table: table, key: key ?? "", column: column, first: first, second: second))
    }

    static func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: return "NULL"
        case .int64(let number): return String(number)
        case .double(let number): return String(number)
        case .string(let text): return String(text.prefix(shown))
        case .blob(let data):
            let digits = data.prefix(shown).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }
            return "x'\(digits.joined())'\(data.count > shown ? "…" : "")"
        }
    }
}

/// A row and the values of its key.
private struct RowValues {
    let columns: [String]
    let values: [DatabaseValue]
    private let key: [DatabaseValue]

    init(_ row: Row, _ key: [String]) {
        columns = Array(row.columnNames)
        values = Array(row.databaseValues)
        self.key = key.map { row[$0] as DatabaseValue }
    }

    var keyText: String { key.map(CatalogComparison.text).joined(separator: ", ") }

    /// A side that has ended comes behind everything.
    static func order(_ first: RowValues?, _ second: RowValues?) -> ComparisonResult {
        guard let first else { return .orderedDescending }
        guard let second else { return .orderedAscending }
        for (left, right) in zip(first.key, second.key) where left != right {
            return isBefore(left, right) ? .orderedAscending : .orderedDescending
        }
        return .orderedSame
    }

    /// SQLite's order: numbers, then texts by their bytes, then blobs.
    private static func isBefore(_ left: DatabaseValue, _ right: DatabaseValue) -> Bool {
        switch (left.storage, right.storage) {
        case (.int64(let left), .int64(let right)): left < right
        case (.string(let left), .string(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.blob(let left), .blob(let right)): left.lexicographicallyPrecedes(right)
        default: rank(left) < rank(right)
        }
    }

    private static func rank(_ value: DatabaseValue) -> Int {
        switch value.storage {
        case .null: 0
        case .int64, .double: 1
        case .string: 2
        case .blob: 3
        }
    }
}
