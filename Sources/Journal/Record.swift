/// The place of a record in the journal: 1, 2, 3, … Never reassigned; what a prefix or stream is
/// known by inside.
public struct RecordNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// No record; the number before the first.
    public static let none = RecordNumber(rawValue: 0)
    public static let first = RecordNumber(rawValue: 1)
    public static let last = RecordNumber(rawValue: .max)

    public var next: RecordNumber { advanced(by: 1) }

    /// The number `count` places on; saturates, since no journal reaches the end of the range.
    public func advanced(by count: Int) -> RecordNumber {
        precondition(count >= 0, "record numbers only grow")
        let (sum, overflow) = rawValue.addingReportingOverflow(UInt64(count))
        return RecordNumber(rawValue: overflow ? .max : sum)
    }

    public static func < (left: RecordNumber, right: RecordNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String { String(rawValue) }
}

/// What a record is about. 1 to 15 are the journal's own, 16 to 31 the processor's, the rest
/// belongs to the machine that is journaled.
public struct RecordKind: Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Where the entries of the open segment are; written by the journal itself.
    public static let index = RecordKind(rawValue: 1)
    /// Stands in a rewritten block for records that were left out; readers pass over it.
    static let leftOut = RecordKind(rawValue: 2)
}

/// How a payload lies in its block.
public enum RecordForm: Hashable, Sendable {
    /// Deflated together with its neighbours.
    case plain
    /// As it came: it holds bytes that a client deflated, which are not deflated again.
    case kept
}

/// One record as it was written.
public struct Record: Sendable {
    public let number: RecordNumber
    public let kind: RecordKind
    /// Of the payload's encoding; each kind counts its own.
    public let version: UInt8
    public let form: RecordForm
    public let payload: ArraySlice<UInt8>

    public init(
        number: RecordNumber, kind: RecordKind, version: UInt8, form: RecordForm = .plain,
        payload: ArraySlice<UInt8>
    ) {
        self.number = number
        self.kind = kind
        self.version = version
        self.form = form
        self.payload = payload
    }
}
