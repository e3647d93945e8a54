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

/// Goes through the blocks of a journal in order, one segment in memory at a time.
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
    /// Records before this one are not wanted, or have been read.
    private var first: RecordNumber
    /// Whether records before `first` have been handed out.
    private var isUnderWay = false
    /// Nil once everything in it has been handed out: only one segment is in memory.
    private var current: SegmentReading?
    /// Whether the segment that was read last is sealed: then there is no more in it.
    private var isSealed = false
    private var missing: RecoveryReport.Loss?

    init(
        _ directory: JournalDirectory, from first: RecordNumber, tail: RecoveredTail,
        inflatesAhead: Bool
    ) {
        self.directory = directory
        self.tail = tail
        self.inflatesAhead = inflatesAhead
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
            if let item = current?.next(from: first, isUnderWay: isUnderWay) { return item }
            if let current { advance(behind: current.lastRecord) }
            current = nil
            guard try openNext() else { return nil }
        }
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
        var reading: SegmentReading
        if successor == nil, let recovered = tail.content(of: segment) {
            reading = SegmentReading(recovered: recovered.walk)
        } else {
            reading = try SegmentReading(directory, segment, successor: successor)
        }
        if inflatesAhead { reading.ahead = BlocksAhead() }
        let isSame =
            reading.summary.segment == self.segment?.segment
            && reading.summary.generation == self.segment?.generation
        if isSame, !isOpen { return false }
        // What has been read is not read again, in whatever file it is now.
        if isUnderWay, reading.isSealed, segment < first, reading.lastRecord < first {
            return false
        }
        current = reading
        self.segment = reading.summary
        isSealed = reading.isSealed
        end = reading.end
        return true
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
