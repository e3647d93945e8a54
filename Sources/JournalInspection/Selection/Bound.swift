import Journal
import Platform

/// A place in a journal: a record, or a moment. Both name themselves in the same options.
package enum Bound: Hashable, Sendable {
    case record(RecordNumber)
    case time(Timestamp)

    /// Takes a record number, or a time in RFC 3339.
    package init?(parsing text: String) {
        if let number = UInt64(text), number > 0 {
            self = .record(RecordNumber(rawValue: number))
            return
        }
        guard let time = Timestamp(parsing: text) else { return nil }
        self = .time(time)
    }

    /// The record, if it names one.
    package var record: RecordNumber? {
        if case .record(let record) = self { return record }
        return nil
    }

    /// The last record and the last moment that it lets through.
    package var limits: (record: RecordNumber, time: Timestamp) {
        switch self {
        case .record(let record): (record, .distantFuture)
        case .time(let time): (.last, time)
        }
    }

    /// Whether a record, decided at `time`, comes before it.
    func isAfter(_ record: RecordNumber, at time: Timestamp) -> Bool {
        switch self {
        case .record(let first): record < first
        case .time(let first): time < first
        }
    }

    /// Whether a record, decided at `time`, comes behind it.
    func isBefore(_ record: RecordNumber, at time: Timestamp) -> Bool {
        switch self {
        case .record(let last): record > last
        case .time(let last): time > last
        }
    }
}
