import ByteCoding

/// What rewriting left out of a segment: the part of its footer that says so.
public struct Omission: Hashable, Sendable {
    /// The numbers of records that are not there any more, ascending, not touching each other.
    public internal(set) var ranges: [ClosedRange<UInt64>] = []
    /// The subjects that lost items, ascending.
    public internal(set) var subjects: [UInt64] = []
    /// Of `ranges` those that nobody wanted to leave out: they were lost before a repair.
    public internal(set) var lost: [ClosedRange<UInt64>] = []
    /// The highest record that the rewriting relied on: where a journal ends before it, nobody
    /// knows why the subjects lost their items. `none` if nothing was left out.
    public internal(set) var reliedOn = RecordNumber.none

    /// How many records were left out by intent.
    public var records: UInt64 { Self.count(ranges) &- Self.count(lost) }

    private static func count(_ ranges: [ClosedRange<UInt64>]) -> UInt64 {
        ranges.reduce(0) { $0 &+ ($1.upperBound &- $1.lowerBound &+ 1) }
    }

    /// The numbers of records that were left out by intent, ascending.
    public var intended: [ClosedRange<UInt64>] {
        var result: [ClosedRange<UInt64>] = []
        for range in ranges {
            var next = range.lowerBound
            for gap in lost where gap.overlaps(range) {
                if next < gap.lowerBound { result.append(next...gap.lowerBound - 1) }
                next = gap.upperBound &+ 1
            }
            if next <= range.upperBound { result.append(next...range.upperBound) }
        }
        return result
    }

    init() {}

    /// What can be told of it without a footer: the numbers that have no record.
    init(in walk: SegmentWalk) {
        guard walk.image.header.generation > 0 else { return }
        let inflater = Inflater()
        for step in walk.kept where step.header.recordCount > 0 {
            var next = step.header.firstRecord
            for record in walk.image.records(in: step, inflater)?.records ?? [] {
                if next < record.number { leaveOut(next.rawValue...record.number.rawValue - 1) }
                next = record.number.next
            }
            let last = step.header.lastRecord
            if next <= last { leaveOut(next.rawValue...last.rawValue) }
        }
    }

    /// Adds records that lie behind all others; joins neighbours.
    mutating func leaveOut(_ range: ClosedRange<UInt64>) {
        if let last = ranges.last, last.upperBound &+ 1 == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound...range.upperBound
        } else {
            ranges.append(range)
        }
    }

    func encode(into bytes: inout [UInt8], version: UInt16) {
        bytes.appendVarint(UInt64(ranges.count))
        for range in ranges {
            bytes.appendVarint(range.lowerBound)
            bytes.appendVarint(range.upperBound - range.lowerBound)
        }
        guard version >= 2 else { return }
        bytes.appendVarint(reliedOn.rawValue)
        bytes.appendVarint(UInt64(subjects.count))
        var last: UInt64 = 0
        for subject in subjects {
            bytes.appendVarint(subject &- last)
            last = subject
        }
    }

    /// What stands behind the table, if anything was lost.
    func encodeLost(into bytes: inout [UInt8]) {
        guard !lost.isEmpty else { return }
        bytes.appendVarint(UInt64(lost.count))
        for range in lost {
            bytes.appendVarint(range.lowerBound)
            bytes.appendVarint(range.upperBound - range.lowerBound)
        }
    }

    mutating func decodeLost(_ reader: inout ByteReader) throws(ByteError) {
        guard !reader.isAtEnd else { return }
        lost = try Self.ranges(&reader)
    }

    private static func ranges(
        _ reader: inout ByteReader
    ) throws(ByteError) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for _ in 0..<(try reader.count()) {
            let start = reader.offset
            let lower = try reader.varint()
            let (upper, overflow) = lower.addingReportingOverflow(try reader.varint())
            guard !overflow else { throw .cutShort(offset: start) }
            ranges.append(lower...upper)
        }
        return ranges
    }

    init(decoding reader: inout ByteReader, version: UInt16) throws(ByteError) {
        ranges = try Self.ranges(&reader)
        guard version >= 2 else { return }
        reliedOn = RecordNumber(rawValue: try reader.varint())
        var last: UInt64 = 0
        for _ in 0..<(try reader.count()) {
            last &+= try reader.varint()
            subjects.append(last)
        }
    }
}

extension ByteReader {
    /// A count of things of at least one byte each.
    mutating func count() throws(ByteError) -> Int {
        let start = offset
        let count = try varint()
        guard count <= UInt64(remaining) else { throw .cutShort(offset: start) }
        return Int(count)
    }
}
