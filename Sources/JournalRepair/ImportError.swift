import Journal
import Platform

/// Why an export was not taken.
package enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    case line(Int, ExportedLineError)
    /// Longer than any record can be.
    case lineTooLong(Int, limit: Int)
    /// Record numbers go up.
    case outOfOrder(line: Int, expected: RecordNumber, found: RecordNumber)
    /// Where it was made records were lost: a copy would hide that.
    case lost(LostRanges)
    /// More numbers without records than any journal has.
    case gapTooLong(line: Int, limit: UInt64)
    /// It ends before its end line, or its lines are not those that were written.
    case cutShort
    case checksum
    /// Lines follow its end.
    case trailing(line: Int)
    /// The directory has a journal.
    case targetExists(String)
    case journal(JournalError)
    case file(FileError)

    package var description: String {
        switch self {
        case .line(let line, let error): "line \(line): \(error.rawValue)"
        case .lineTooLong(let line, let limit): "line \(line) is longer than \(limit) bytes"
        case .outOfOrder(let line, let expected, let found):
            "line \(line): record \(found) stands where \(expected) or a later one should"
        case .lost(let ranges): "\(ranges) were lost where it was made; a copy would hide that"
        case .gapTooLong(let line, let limit):
            "line \(line): more than \(limit) numbers before it have no record"
        case .cutShort: "the export is cut short: it has no end line"
        case .checksum: "the export's checksum does not fit its lines"
        case .trailing(let line): "line \(line): something follows the end of the export"
        case .targetExists(let path): "\(path) exists; an import makes a new journal"
        case .journal(let error): error.description
        case .file(let error): error.description
        }
    }
}

/// The records that an export could not hold.
package struct LostRanges: Hashable, Sendable, CustomStringConvertible {
    /// So many are named, and kept; all are counted.
    static let namedLimit = 20

    package private(set) var named: [ClosedRange<UInt64>] = []
    package private(set) var count = 0

    mutating func add(_ range: ClosedRange<UInt64>) {
        count += 1
        if named.count < Self.namedLimit { named.append(range) }
    }

    package var description: String {
        let texts = named.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        }
        let rest = count - named.count
        return "records " + texts.joined(separator: ", ")
            + (rest > 0 ? " and those of \(rest) further lines" : "")
    }
}
