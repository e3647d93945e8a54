import ByteCoding
import Platform

/// What checking one segment came to: every checksum, the chain, record numbers, index records and
/// the footer.
public struct SegmentAudit: Sendable {
    /// Something that is not as it was written, and costs no record by itself.
    public struct Finding: Hashable, Sendable {
        public let segment: RecordNumber
        /// In bytes from the start of the file, where it has a place.
        public let offset: Int?
        public let what: String

        public init(segment: RecordNumber, offset: Int?, what: String) {
            self.segment = segment
            self.offset = offset
            self.what = what
        }
    }

    /// So many findings of a segment are kept; `findingCount` counts all.
    public static let findingLimit = 1000

    public let summary: SegmentSummary
    public private(set) var blocks = 0
    public private(set) var commits = 0
    public private(set) var records = 0
    public private(set) var storedBytes = 0
    public private(set) var inflatedBytes = 0
    /// The last record number that was given out in it.
    public private(set) var lastRecord: RecordNumber
    public private(set) var losses: [RecoveryReport.Loss] = []
    /// Losses that a repair has named.
    public private(set) var mended: [RecoveryReport.Loss] = []
    public private(set) var findings: [Finding] = []
    public private(set) var findingCount = 0
    /// What stands at the end and is covered by nothing.
    public private(set) var uncovered: Damage?
    /// The chain value of its last block, as first written.
    public let chainEnd: UInt32?

    private var table = RunTable()
    private let runOf: RunOf

    init(_ reading: SegmentReading, runOf: @escaping RunOf) {
        self.runOf = runOf
        summary = reading.summary
        lastRecord = RecordNumber(rawValue: reading.summary.segment.rawValue - 1)
        chainEnd = reading.summary.chainEnd ?? reading.walk?.chain
    }

    /// Notes something that a visitor found in a block.
    mutating func note(_ what: String, at offset: Int?) {
        findingCount += 1
        guard findings.count < Self.findingLimit else { return }
        findings.append(Finding(segment: summary.segment, offset: offset, what: what))
    }
}

extension JournalReader {
    /// Checks all of a segment; in memory are the file and its runs.
    ///
    /// - Parameters:
    ///   - successor: the segment after it, if there is one.
    ///   - objection: what somebody who knows what records mean has against one; nil for nothing.
    public func audit(
        _ segment: RecordNumber, successor: RecordNumber?,
        objection: (Record) -> String? = { _ in nil }
    ) throws(JournalError) -> SegmentAudit {
        var reading = try read(segment, successor: successor)
        var audit = SegmentAudit(reading, runOf: runOf)
        while let item = reading.next(from: .none) { audit.take(item, objection) }
        audit.checkEnd(reading, isLast: successor == nil)
        return audit
    }
}

// Block by block.
extension SegmentAudit {
    fileprivate mutating func take(_ item: JournalItem, _ objection: (Record) -> String?) {
        switch item {
        case .block(let block): take(block, objection)
        case .lost(let loss):
            if loss.isMended { mended.append(loss) } else { losses.append(loss) }
            lastRecord = max(lastRecord, loss.records?.upperBound ?? .none)
        case .uncovered(let damage): uncovered = damage
        }
    }

    private mutating func take(_ block: DecodedBlock, _ objection: (Record) -> String?) {
        blocks += 1
        storedBytes += block.storedBytes
        inflatedBytes += block.inflatedBytes
        if block.endsCommit, !block.isMark { commits += 1 }
        let offset = Int(block.location.offset)
        guard !block.isMark else { return }
        if block.firstRecord != lastRecord.next {
            note("record \(block.firstRecord) follows record \(lastRecord)", at: offset)
        }
        if block.durable >= block.firstRecord, summary.generation == 0 {
            note("its stamp says that record \(block.durable) is durable already", at: offset)
        }
        lastRecord = block.lastRecord
        records += block.records.count
        var runs = RunCollector()
        for record in block.records {
            if let what = objection(record) { note(what, at: offset) }
            if record.kind == .index { check(record, at: offset) }
            if let run = runOf(record) { runs.add(run) }
            table.countsByKind[record.kind.rawValue, default: 0] += 1
        }
        if table.lastRecord == .none { table.firstTime = block.time }
        table.lastTime = block.time
        table.lastRecord = block.lastRecord
        for run in runs.runs {
            table.runs.append(RunTable.PlacedRun(run: run, offset: block.location.offset))
        }
    }

    /// An index record of this segment says what its blocks say.
    private mutating func check(_ record: Record, at offset: Int) {
        guard let index = SegmentIndex(decoding: record.payload) else {
            note("index record \(record.number) does not decode", at: offset)
            return
        }
        // After a loss the blocks say less than the index record does, and it is right.
        guard index.segment == summary.segment, losses.isEmpty else { return }
        let covered = index.coveredFrom..<max(index.coveredFrom, index.table.coveredEnd)
        guard index.table.runs == table.runs.filter({ covered.contains($0.offset) }) else {
            note("index record \(record.number) does not fit the blocks", at: offset)
            return
        }
    }

    fileprivate mutating func checkEnd(_ reading: SegmentReading, isLast: Bool) {
        guard reading.walk != nil else { return }
        guard let footer = reading.footer else {
            if !isLast { note("there is no whole footer", at: nil) }
            return
        }
        let end = reading.walk?.image.end
        if footer.firstRecord != summary.segment {
            note("the footer is of segment \(footer.firstRecord)", at: end)
        }
        guard losses.isEmpty else { return }
        if footer.table.lastRecord != lastRecord {
            note(
                "the footer ends with record \(footer.table.lastRecord), the blocks with "
                    + "\(lastRecord)", at: end)
        }
        if footer.table.countsByKind != table.countsByKind {
            note("the footer's counts by kind do not fit the blocks", at: end)
        }
        if footer.table.runs != table.runs {
            note("where entries are in the footer does not fit the blocks", at: end)
        }
        guard summary.generation == 0 else { return }
        if (footer.table.firstTime, footer.table.lastTime) != (table.firstTime, table.lastTime) {
            note("the footer's times do not fit the blocks", at: end)
        }
        if let walk = reading.walk, footer.chainEnd != walk.chain {
            note("the footer's chain value is not that of the last block", at: end)
        }
    }
}
