import Foundation
import GRDB
import Journal
import LogDogModel
import Platform

// How values of ours stand in columns; `CatalogRow` has the way back.
extension DatabaseValue {
    static func integer(_ value: Int64) -> DatabaseValue { value.databaseValue }

    static func integer(_ value: Int64?) -> DatabaseValue { value?.databaseValue ?? .null }

    static func flag(_ value: Bool) -> DatabaseValue { (value ? 1 : 0).databaseValue }

    static func record(_ value: RecordNumber) -> DatabaseValue { value.stored.databaseValue }

    static func time(_ value: Timestamp) -> DatabaseValue { value.microseconds.databaseValue }

    static func time(_ value: Timestamp?) -> DatabaseValue {
        value?.microseconds.databaseValue ?? .null
    }

    static func bytes(_ value: [UInt8]) -> DatabaseValue { Data(value).databaseValue }

    /// A text with a NUL character stands as a blob: SQLite's C strings would end there.
    static func text(_ value: String) -> DatabaseValue {
        value.utf8.contains(0) ? Data(value.utf8).databaseValue : value.databaseValue
    }

    static func text(_ value: String?) -> DatabaseValue { value.map { text($0) } ?? .null }
}

extension RecordNumber {
    /// As SQLite keeps it; no journal comes to hold 2^63 records.
    var stored: Int64 { Int64(bitPattern: rawValue) }

    init(stored: Int64) { self.init(rawValue: UInt64(bitPattern: stored)) }
}

/// The values of one checked row, read in the order of the columns.
struct CatalogRow {
    let table: String
    let values: [DatabaseValue]
    private var position = 0

    init(table: String, values: [DatabaseValue]) {
        self.table = table
        self.values = values
    }

    /// For a row whose checksum fits and whose values do not: written by another program.
    var unfit: CatalogError { .damaged("a row of \(table) holds what is never written there") }

    mutating func integer() throws(CatalogError) -> Int64 {
        guard let value = try optionalInteger() else { throw unfit }
        return value
    }

    mutating func optionalInteger() throws(CatalogError) -> Int64? {
        switch try next() {
        case .null: return nil
        case .int64(let number): return number
        default: throw unfit
        }
    }

    mutating func flag() throws(CatalogError) -> Bool { try integer() != 0 }

    mutating func record() throws(CatalogError) -> RecordNumber {
        RecordNumber(stored: try integer())
    }

    mutating func time() throws(CatalogError) -> Timestamp {
        Timestamp(microseconds: try integer())
    }

    mutating func optionalTime() throws(CatalogError) -> Timestamp? {
        try optionalInteger().map { Timestamp(microseconds: $0) }
    }

    mutating func bytes() throws(CatalogError) -> [UInt8] {
        guard case .blob(let data) = try next() else { throw unfit }
        return Array(data)
    }

    mutating func text() throws(CatalogError) -> String {
        guard let text = try optionalText() else { throw unfit }
        return text
    }

    mutating func optionalText() throws(CatalogError) -> String? {
        switch try next() {
        case .null: return nil
        case .string(let text): return text
        case .blob(let data): return String(decoding: data, as: UTF8.self)
        default: throw unfit
        }
    }

    mutating func hash() throws(CatalogError) -> HashID {
        guard let hash = HashID(bytes: try bytes()) else { throw unfit }
        return hash
    }

    mutating func secret() throws(CatalogError) -> Secret {
        guard let secret = Secret(try bytes()) else { throw unfit }
        return secret
    }

    private mutating func next() throws(CatalogError) -> DatabaseValue.Storage {
        guard position < values.count else { throw unfit }
        defer { position += 1 }
        return values[position].storage
    }
}
