import ByteCoding
import Platform

/// A block as it was read, inflated and taken apart.
public struct DecodedBlock: Sendable {
    public let location: BlockLocation
    public let firstRecord: RecordNumber
    /// All numbers up to here that have no record were left out by a rewriting.
    public let lastRecord: RecordNumber
    /// When its commit was decided.
    public let time: Timestamp
    /// The last record that was durable when the block was written.
    public let durable: RecordNumber
    public let endsCommit: Bool
    public let isMark: Bool
    public let isDeflated: Bool
    /// Headers included, and with the blocks that its last record goes on in.
    public let storedBytes: Int
    public let inflatedBytes: Int
    /// Those that begin here; a long one is joined with its rest from the next blocks.
    public let records: [Record]
}

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
    /// Records before this one are not wanted, or have been read.
    private var first: RecordNumber
    /// Whether records before `first` have been handed out.
    private var isUnderWay = false
    private let inflater = Inflater()
    /// The file that was read last.
    private var latest: (segment: RecordNumber, generation: UInt32)?
    private var walk: SegmentWalk?
    private var step = 0
    private var lossIndex = 0
    /// A whole segment that cannot be read.
    private var lostSegment: RecoveryReport.Loss?

    init(_ directory: JournalDirectory, from first: RecordNumber) {
        self.directory = directory
        self.first = first
    }

    /// The next item; nil at the end of what is there.
    public mutating func next() throws(JournalError) -> JournalItem? {
        while true {
            if let lostSegment {
                self.lostSegment = nil
                advance(behind: lostSegment.records?.upperBound ?? .none)
                return .lost(lostSegment)
            }
            if let item = nextInSegment() { return item }
            guard try openNext() else { return nil }
        }
    }

    private mutating func nextInSegment() -> JournalItem? {
        guard let walk else { return nil }
        while step < walk.kept.count {
            let current = walk.kept[step]
            if lossIndex < walk.losses.count,
                walk.losses[lossIndex].damage.offset < current.offset
            {
                lossIndex += 1
                return .lost(walk.losses[lossIndex - 1])
            }
            step += 1
            if current.header.flags.contains(.continued) || isBefore(current.header) { continue }
            return decode(current, in: walk)
        }
        if lossIndex < walk.losses.count {
            lossIndex += 1
            return .lost(walk.losses[lossIndex - 1])
        }
        defer {
            advance(behind: walk.lastRecord)
            self.walk = nil
        }
        guard let (offset, verdict) = walk.cut, verdict != .reportLost else { return nil }
        return .uncovered(
            Damage(
                segment: walk.image.header.firstRecord, offset: offset, cause: .header,
                record: walk.lastRecord.next))
    }

    private mutating func advance(behind last: RecordNumber) {
        first = max(first, last.next)
        isUnderWay = true
    }

    /// Whether all records of the block come before the first that is wanted.
    private func isBefore(_ header: BlockHeader) -> Bool {
        header.recordCount > 0 ? header.lastRecord < first : header.firstRecord < first
    }

    private func decode(_ step: SegmentWalk.Step, in walk: SegmentWalk) -> JournalItem {
        let header = step.header
        let location = BlockLocation(
            segment: walk.image.header.firstRecord, generation: walk.image.header.generation,
            offset: UInt32(step.offset))
        guard let decoded = walk.image.records(in: step, inflater) else {
            let damage = Damage(
                segment: location.segment, offset: step.offset, cause: .content,
                record: header.firstRecord)
            return .lost(
                RecoveryReport.Loss(
                    damage: damage, first: header.firstRecord,
                    last: max(header.firstRecord, header.lastRecord)))
        }
        // A block of a rewritten segment may begin before the place where the one before it ended.
        let firstRecord = isUnderWay ? max(first, header.firstRecord) : header.firstRecord
        let records =
            firstRecord > header.firstRecord
            ? decoded.records.filter { $0.number >= firstRecord } : decoded.records
        return .block(
            DecodedBlock(
                location: location, firstRecord: firstRecord,
                lastRecord: header.lastRecord, time: header.time, durable: header.durable,
                endsCommit: header.flags.contains(.commitEnd),
                isMark: header.flags.contains(.mark),
                isDeflated: header.flags.contains(.deflated),
                storedBytes: storedEnd(of: step, in: walk) - step.offset,
                inflatedBytes: decoded.inflated, records: records))
    }

    /// Behind the last block that the body of `step` goes on in.
    private func storedEnd(of step: SegmentWalk.Step, in walk: SegmentWalk) -> Int {
        var end = step.end
        for later in walk.kept[self.step...] {
            guard later.header.flags.contains(.continued) else { break }
            end = later.end
        }
        return end
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
            if try open(segment, successor: successor) { return true }
        }
        return false
    }

    /// False if there is nothing new in the segment.
    private mutating func open(
        _ segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) -> Bool {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        guard let header = try wholeHeader(of: file, successor: successor) else {
            return lostSegment != nil
        }
        let footer = try file.wholeFooter(of: header)
        // What has been read is not read again, in whatever file it is now.
        let isRead = footer.map { $0.footer.table.lastRecord < first && segment < first }
        if isRead == true { return false }
        if let latest, latest == (segment, header.generation) { return false }
        latest = (segment, header.generation)
        let image = try file.image(header, end: footer?.offset ?? file.size)
        walk = SegmentWalk(
            image, sealed: footer != nil || successor != nil,
            durableElsewhere: footer?.footer.table.lastRecord
                ?? successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? .none)
        step = 0
        lossIndex = 0
        return true
    }

    /// Nil, after noting the loss, if the segment header is damaged.
    private mutating func wholeHeader(
        of file: SegmentFile, successor: RecordNumber?
    ) throws(JournalError) -> SegmentHeader? {
        do throws(JournalError) {
            return try file.header()
        } catch {
            guard case .damaged(let damage) = error else { throw error }
            if let latest, latest.segment == file.segment { return nil }
            latest = (file.segment, 0)
            lostSegment = try file.wholeLoss(damage, successor: successor)
            return nil
        }
    }
}
