import Platform

/// What is durable of a journal, segment by segment in their order, also while it is written to.
///
/// Takes no lock. Throws `gone` where segments are replaced under it: then the walk begins anew.
public struct DurableSegments {
    /// How often a walk is worth beginning anew because segments are replaced under it.
    public static let attempts = 8
    /// How often the open segment is read again because a write under way looks like damage.
    private static let readings = 8

    private let source: JournalDirectory
    private var rest: ArraySlice<RecordNumber>
    private var reached = RecordNumber.none

    public init(of source: JournalDirectory) throws(JournalError) {
        self.source = source
        rest = try source.segments()[...]
    }

    /// The next segment; nil behind the last. One that another holds already is passed over.
    public mutating func next() throws(JournalError) -> DurableSegment? {
        while let segment = rest.popFirst() {
            guard segment > reached else { continue }
            let found = try read(segment)
            reached = max(reached, found.last)
            return found
        }
        return nil
    }

    private func read(_ segment: RecordNumber) throws(JournalError) -> DurableSegment {
        let file = try SegmentFile(try source.open(segment), segment: segment)
        let header = try file.header()
        guard let (footer, _) = try file.wholeFooter(of: header) else {
            return try unsealed(file, header)
        }
        return DurableSegment(file, header, footer)
    }

    /// What is durable of a segment without a footer: in the last one what a stamp covers.
    private func unsealed(
        _ file: SegmentFile, _ header: SegmentHeader
    ) throws(JournalError) -> DurableSegment {
        let hasSuccessor = !rest.isEmpty
        var walk = SegmentWalk(try file.image(header, end: file.size), sealed: hasSuccessor)
        for _ in 1..<Self.readings where !walk.losses.isEmpty {
            walk = SegmentWalk(try file.image(header, end: file.size), sealed: hasSuccessor)
        }
        let durable = hasSuccessor ? .last : walk.kept.map(\.header.durable).max() ?? .none
        let end = walk.end(of: JournalCopy.End(record: durable))
        let isDamaged = hasSuccessor && walk.cut != nil
        let bytes = isDamaged ? walk.image.bytes : Array(walk.image.bytes[..<end.offset])
        return DurableSegment(
            file, header, bytes: bytes, last: end.lastRecord, lastTime: end.time,
            losses: walk.losses)
    }
}

/// What is durable of one segment. Its file stays open as long as this lives, whatever takes the
/// file's name meanwhile.
public final class DurableSegment {
    public let first: RecordNumber
    /// The number before `first` if no record is durable.
    public let last: RecordNumber
    /// Of the last record; zero if there is none.
    public let lastTime: Timestamp
    /// How often it has been rewritten.
    public let generation: UInt32
    /// The chain value at its end, as first written; nil unless it is sealed.
    public let chainEnd: UInt32?
    /// In bytes.
    public let size: Int
    /// Damage in it, which is copied all the same. What is sealed is not looked through.
    public let losses: [RecoveryReport.Loss]
    let file: SegmentFile
    /// Nil: all of the file.
    private let bytes: [UInt8]?

    init(_ file: SegmentFile, _ header: SegmentHeader, _ footer: SegmentFooter) {
        self.file = file
        first = header.firstRecord
        last = footer.table.lastRecord
        lastTime = footer.table.lastTime
        generation = header.generation
        chainEnd = footer.chainEnd
        size = file.size
        losses = []
        bytes = nil
    }

    init(
        _ file: SegmentFile, _ header: SegmentHeader, bytes: [UInt8], last: RecordNumber,
        lastTime: Timestamp, losses: [RecoveryReport.Loss]
    ) {
        self.file = file
        self.bytes = bytes
        self.last = last
        self.lastTime = lastTime
        self.losses = losses
        first = header.firstRecord
        generation = header.generation
        chainEnd = nil
        size = bytes.count
    }

    deinit { file.file.close() }

    /// Whether it has its footer: then it never changes, although a rewritten one may replace it.
    public var isSealed: Bool { bytes == nil }

    /// The records that are in it, or were before a rewriting left them out.
    public var range: ClosedRange<RecordNumber> { first...max(first, last) }

    /// Up to `count` bytes from `offset`; fewer only at its end.
    public func read(_ count: Int, at offset: Int) throws(JournalError) -> [UInt8] {
        if let bytes { return Array(bytes.dropFirst(offset).prefix(count)) }
        return try file.read(count, at: offset)
    }

    /// Whether its records lie in ranges that follow each other.
    public func isCovered(by ranges: [ClosedRange<RecordNumber>]) -> Bool {
        var next = range.lowerBound
        for candidate in ranges.sorted(by: { $0.lowerBound < $1.lowerBound })
        where candidate.contains(next) {
            guard candidate.upperBound < range.upperBound else { return true }
            next = candidate.upperBound.next
        }
        return false
    }
}
