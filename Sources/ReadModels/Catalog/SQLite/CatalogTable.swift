import ByteCoding
import Foundation
import GRDB

/// A table whose rows end in a checksum of the columns before it.
///
/// SQLite keeps no checksums of its own: a flipped bit in a text would be served as it stands.
struct CatalogTable: Sendable {
    let name: String
    /// All columns, the checksum last.
    let columns: [String]

    init(_ name: String, _ columns: String) {
        self.name = name
        self.columns = columns.split(separator: " ").map(String.init) + ["checksum"]
    }

    /// The columns as they stand in a `SELECT`.
    var selection: String { columns.map { "\(name).\($0)" }.joined(separator: ", ") }

    /// Writes a row, in place of one with the same key.
    func write(_ values: [DatabaseValue], to database: Database) throws {
        precondition(values.count == columns.count - 1, "a row has a value for every column")
        let places = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO \(name) VALUES (\(places))")
        try statement.execute(
            arguments: StatementArguments(values + [Int64(checksum(of: values)).databaseValue]))
    }

    /// The values of a row without the checksum, which has been found to fit them.
    func check(_ row: Row) throws(CatalogError) -> CatalogRow {
        let values = (0..<columns.count).map { row[$0] as DatabaseValue }
        let body = Array(values.dropLast())
        guard let stored = values.last, case .int64(let sum) = stored.storage,
            sum == Int64(checksum(of: body))
        else { throw .damaged("a row of \(name) does not fit its checksum") }
        return CatalogRow(table: name, values: body)
    }

    private func checksum(of values: [DatabaseValue]) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes.appendLengthPrefixed(name)
        for value in values {
            switch value.storage {
            case .null: bytes.append(0)
            case .int64(let number):
                bytes.append(1)
                bytes.appendLittleEndian(UInt64(bitPattern: number))
            case .double(let number):
                bytes.append(2)
                bytes.appendLittleEndian(number.bitPattern)
            case .string(let text):
                bytes.append(3)
                bytes.appendLengthPrefixed(text)
            case .blob(let data):
                bytes.append(4)
                bytes.appendLengthPrefixed(data)
            }
        }
        return crc32(bytes[...])
    }
}

extension CatalogTable {
    /// The segments of the journal that hold entries.
    static let journalSegment = CatalogTable("journal_segment", "first_record")
}
