import Platform

/// What a cursor meets.
public enum JournalItem: Sendable {
    case block(DecodedBlock)
    /// Records that are not readable; reading goes on behind them.
    case lost(RecoveryReport.Loss)
    /// Bytes at the end of a journal that is not covered by a stamp: what a writer is writing now,
    /// or what a crash tore; recovery decides when the journal is opened.
    case uncovered(Damage)
}

/// Goes through the blocks of a journal in order. In memory is a piece of a sealed segment, or all
/// of one that is damaged or open.
///
/// Damage is an item, not the end. Segments without a footer are read as far as they are whole.
/// Where a rewriting replaces what it is about to read, it goes on at the record it has come to.
public struct BlockCursor {
    /// A segment that is not where it was listed a moment ago was replaced; more often than this
    /// in a row it is not there.
    private static let openAttempts = 8

    private let directory: JournalDirectory
    private let tail: RecoveredTail
    private let inflatesAhead: Bool
    /// Nil: segments are taken into memory as wholes.
    private let pieceLength: Int?
    /// Records before this one are not wanted, or have been read.
    private var first: RecordNumber
    /// Whether records before `first` have been handed out.
    private var isUnderWay = false
    /// What the next item comes from; nil once everything in it has been handed out.
    private var current: Source?
    /// Whether the segment that was read last is sealed: then there is no more in it.
    private var isSealed = false
    private var missing: RecoveryReport.Loss?

    /// One segment, as it is read.
    fileprivate enum Source {
        case pieces(SegmentPieces, successor: RecordNumber)
        case whole(SegmentReading)
    }

    init(
        _ directory: JournalDirectory, from first: RecordNumber, tail: RecoveredTail,
        inflatesAhead: Bool, pieceLength: Int? = SegmentPieces.usualLength
    ) {
        self.directory = directory
        self.tail = tail
        self.inflatesAhead = inflatesAhead
        self.pieceLength = pieceLength
        self.first = max(first, .first)
    }

    /// What is known of the segment that the last item came from.
    public private(set) var segment: SegmentSummary?

    /// Behind the last whole block of the segment that the last item came from; for
    /// `JournalReader.hasGrown`.
    public private(set) var end: BlockLocation?

    /// The next item; nil at the end of what is there.
    public mutating func next() throws(JournalError) -> JournalItem? {
        while true {
            if let missing {
                self.missing = nil
                return .lost(missing)
            }
            if let item = try nextInSegment() { return item }
            guard try openNext() else { return nil }
        }
    }

    /// Nil behind the last item of the segment.
    private mutating func nextInSegment() throws(JournalError) -> JournalItem? {
        let source = current
        // Until it is known that there is more in it.
        current = nil
        switch source {
        case nil: return nil
        case .pieces(var pieces, let successor):
            switch try pieces.next(from: first, isUnderWay: isUnderWay) {
            case .block(let block):
                current = .pieces(pieces, successor: successor)
                return .block(block)
            case .end:
                advance(behind: pieces.lastRecord)
                return nil
            case .broken(let offset):
                var reading = try SegmentReading(pieces.file, in: directory, successor: successor)
                reading.skip(to: offset)
                current = .whole(inflatingAhead(reading))
                return try nextInSegment()
            }
        case .whole(var reading):
            guard let item = reading.next(from: first, isUnderWay: isUnderWay) else {
                advance(behind: reading.lastRecord)
                return nil
            }
            current = .whole(reading)
            return item
        }
    }

    private func inflatingAhead(_ reading: SegmentReading) -> SegmentReading {
        var reading = reading
        if inflatesAhead { reading.ahead = BlocksAhead() }
        return reading
    }

    private mutating func advance(behind last: RecordNumber) {
        first = max(first, last.next)
        isUnderWay = true
    }

    private mutating func openNext() throws(JournalError) -> Bool {
        for _ in 1..<Self.openAttempts {
            do throws(JournalError) {
                return try openFollowing()
            } catch {
                guard case .gone = error else { throw error }
            }
        }
        return try openFollowing()
    }

    /// Opens the segment that `first` is in, or the one behind the last that was read.
    private mutating func openFollowing() throws(JournalError) -> Bool {
        let all = try directory.segments()
        var index = max(0, (all.firstIndex { $0 > first } ?? all.endIndex) - 1)
        while index < all.count {
            let segment = all[index]
            index += 1
            let successor = index < all.count ? all[index] : nil
            if try open(segment, successor: successor) {
                noteGap(before: segment)
                return true
            }
        }
        return false
    }

    /// False if there is nothing new in the segment.
    private mutating func open(
        _ segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) -> Bool {
        // What was read while it was open has more in it once it is sealed.
        let isOpen = self.segment?.segment == segment && !isSealed
        if isOpen, successor == nil { return false }
        let source = try source(segment, successor)
        let isSame =
            source.summary.segment == self.segment?.segment
            && source.summary.generation == self.segment?.generation
        if isSame, !isOpen { return false }
        // What has been read is not read again, in whatever file it is now.
        if isUnderWay, source.isSealed, segment < first, source.lastRecord < first {
            return false
        }
        current = source
        self.segment = source.summary
        isSealed = source.isSealed
        end = source.end
        return true
    }

    private func source(
        _ segment: RecordNumber, _ successor: RecordNumber?
    ) throws(JournalError) -> Source {
        if successor == nil, let recovered = tail.content(of: segment) {
            return .whole(inflatingAhead(SegmentReading(recovered: recovered.walk)))
        }
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        if let successor, let pieceLength,
            let pieces = try SegmentPieces(
                file, pieceLength: pieceLength, inflatesAhead: inflatesAhead)
        {
            return .pieces(pieces, successor: successor)
        }
        defer { file.file.close() }
        return .whole(
            inflatingAhead(try SegmentReading(file, in: directory, successor: successor)))
    }

    /// Records between the end of what was there and `segment` are gone with their file.
    private mutating func noteGap(before segment: RecordNumber) {
        guard segment > first else { return }
        let last = RecordNumber(rawValue: segment.rawValue - 1)
        missing = RecoveryReport.Loss(
            damage: Damage(segment: first, offset: 0, cause: .missing, record: first),
            first: first, last: last)
        first = segment
    }
}

extension BlockCursor.Source {
    var summary: SegmentSummary {
        switch self {
        case .pieces(let pieces, _): pieces.summary
        case .whole(let reading): reading.summary
        }
    }

    var lastRecord: RecordNumber {
        switch self {
        case .pieces(let pieces, _): pieces.lastRecord
        case .whole(let reading): reading.lastRecord
        }
    }

    var isSealed: Bool {
        switch self {
        case .pieces: true
        case .whole(let reading): reading.isSealed
        }
    }

    var end: BlockLocation? {
        switch self {
        case .pieces(let pieces, _): pieces.end
        case .whole(let reading): reading.end
        }
    }
}
