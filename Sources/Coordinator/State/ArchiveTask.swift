import ByteCoding
import Journal
import Platform
import Tumble

/// An archival task, by the record with which it came due.
package struct TaskID: Hashable, Comparable, Sendable {
    /// The record with which it came due.
    package let record: RecordNumber

    /// Any number will do; whether something has it, a state tells.
    package init(record: RecordNumber) { self.record = record }

    package static func < (left: TaskID, right: TaskID) -> Bool { left.record < right.record }
}

/// An archival that has come due, until somebody says that it is done (`spec/rpc.md §14`).
///
/// A stream may have several at once: one from its end, one from its start.
package struct ArchiveTask: Hashable, Sendable {
    package let id: TaskID
    package let stream: StreamID
    package let reason: ArchivalReason
    /// When it came due.
    package let due: Timestamp
    /// How often it came back without being done.
    package var retries: UInt64
    package var place: Place
    /// What the last archivist to fail said; empty if none did.
    package var failure: String
    /// What else it tells its archivist; nil in the current dialect.
    package let classic: ClassicTerms?

    /// Where a task is.
    package enum Place: Hashable, Sendable {
        /// In the ready queue, whose order is that of the records which brought the tasks there.
        case ready(since: RecordNumber)
        /// Handed out by a record, hidden until that time.
        case leased(by: RecordNumber, until: Timestamp)
        /// An archivist failed, as that record says; hidden until that time.
        case backingOff(from: RecordNumber, until: Timestamp)
    }

    /// From the event with which it came due, or from the row of a catalog.
    package init(
        id: TaskID, stream: StreamID, reason: ArchivalReason, due: Timestamp, retries: UInt64,
        place: Place, failure: String, classic: ClassicTerms? = nil
    ) {
        self.id = id
        self.stream = stream
        self.reason = reason
        self.due = due
        self.retries = retries
        self.place = place
        self.failure = failure
        self.classic = classic
    }

    /// The record that hides it; nil while it is ready.
    package var hold: RecordNumber? {
        switch place {
        case .ready: nil
        case .leased(let record, _), .backingOff(let record, _): record
        }
    }

    /// The canonical encoding, version 2.
    var digestEncoding: [UInt8] {
        var bytes: [UInt8] = Array("task2".utf8)
        bytes.appendVarint(id.record.rawValue)
        bytes.appendVarint(stream.record.rawValue)
        bytes.append(reason.rawValue)
        bytes.appendLittleEndian(due.microseconds)
        bytes.appendVarint(retries)
        let (code, record, until) = placeValues
        bytes.append(code)
        bytes.appendVarint(record.rawValue)
        bytes.appendLittleEndian(until.microseconds)
        bytes.appendLengthPrefixed(failure)
        classic?.encode(into: &bytes)
        return bytes
    }
}

// The place as three plain values: for digests and rows.
extension ArchiveTask {
    /// A code (1 ready, 2 leased, 3 backing off), the record, and the time; zero for a ready one.
    package var placeValues: (code: UInt8, record: RecordNumber, until: Timestamp) {
        switch place {
        case .ready(let record): (1, record, .zero)
        case .leased(let record, let until): (2, record, until)
        case .backingOff(let record, let until): (3, record, until)
        }
    }

    /// Nil for values that no place has.
    package static func place(
        code: Int64, record: RecordNumber, until: Timestamp
    ) -> Place? {
        switch code {
        case 1: .ready(since: record)
        case 2: .leased(by: record, until: until)
        case 3: .backingOff(from: record, until: until)
        default: nil
        }
    }
}
