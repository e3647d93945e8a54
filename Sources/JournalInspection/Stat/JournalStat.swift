import Coordinator
import Journal
import Platform

/// What a journal holds, in numbers.
///
/// One segment is in memory at a time, and counters that do not grow with the journal.
package struct JournalStat: Sendable {
    /// What one kind of record comes to.
    package struct Kind: Hashable, Sendable {
        package var records = 0
        package var payloadBytes = 0
    }

    package private(set) var segments = 0
    package private(set) var sealedSegments = 0
    package private(set) var rewrittenSegments = 0
    package private(set) var fileBytes = 0
    package private(set) var blocks = 0
    package private(set) var marks = 0
    package private(set) var commits = 0
    package private(set) var records = 0
    package private(set) var leftOutRecords: UInt64 = 0
    package private(set) var lostRecords: UInt64 = 0
    package private(set) var entries: UInt64 = 0
    package private(set) var storedBytes = 0
    package private(set) var inflatedBytes = 0
    package private(set) var firstTime: Timestamp?
    package private(set) var lastTime: Timestamp?
    package private(set) var lastRecord = RecordNumber.none
    package private(set) var kinds: [RecordKind: Kind] = [:]
    /// Of the inflated bodies of blocks.
    package private(set) var blockSizes = SizeHistogram()
    /// Of the records that were synced together.
    package private(set) var commitRecords = SizeHistogram()
    /// Of the bytes on disk that were synced together.
    package private(set) var commitBytes = SizeHistogram()
    package private(set) var streams = BusiestStreams()
    package private(set) var epochs: [Epoch] = []

    private var commit = (records: 0, bytes: 0)
    private var segment: RecordNumber?

    /// Reads the whole journal.
    ///
    /// - Parameter progress: told after every segment how many there have been.
    package init(
        _ journal: InspectedJournal, progress: (Int) -> Void = { _ in }
    ) throws(JournalError) {
        let machine = CoordinatorMachine()
        var cursor = journal.reader.blocks(from: .first)
        while let item = try cursor.next() {
            if let summary = cursor.segment, summary.segment != segment {
                add(summary)
                progress(segments)
            }
            switch item {
            case .block(let block): add(block, machine)
            case .lost(let loss):
                guard let lost = loss.records else { continue }
                lostRecords += lost.upperBound.rawValue - lost.lowerBound.rawValue + 1
                lastRecord = max(lastRecord, lost.upperBound)
            case .uncovered: break
            }
        }
        endCommit()
    }

    private mutating func add(_ summary: SegmentSummary) {
        segment = summary.segment
        segments += 1
        if summary.isSealed { sealedSegments += 1 }
        if summary.generation > 0 { rewrittenSegments += 1 }
        fileBytes += summary.size
        leftOutRecords += summary.leftOut
    }

    private mutating func add(_ block: DecodedBlock, _ machine: CoordinatorMachine) {
        blocks += 1
        storedBytes += block.storedBytes
        if block.isOpening || epochs.isEmpty {
            epochs.append(Epoch(began: block.time, first: lastRecord.next))
        }
        guard !block.isMark else {
            marks += 1
            return
        }
        inflatedBytes += block.inflatedBytes
        blockSizes.add(block.inflatedBytes)
        firstTime = firstTime ?? block.time
        lastTime = block.time
        lastRecord = block.lastRecord
        for record in block.records { add(record, machine) }
        commit.records += block.records.count
        commit.bytes += block.storedBytes
        epochs[epochs.count - 1].add(block)
        if block.endsCommit { endCommit() }
    }

    private mutating func add(_ record: Record, _ machine: CoordinatorMachine) {
        records += 1
        kinds[record.kind, default: Kind()].records += 1
        kinds[record.kind, default: Kind()].payloadBytes += record.payload.count
        guard let run = machine.run(of: record) else { return }
        entries += run.count
        streams.add(run.subject, entries: run.count, bytes: record.payload.count)
    }

    private mutating func endCommit() {
        guard commit.records > 0 else { return }
        commits += 1
        commitRecords.add(commit.records)
        commitBytes.add(commit.bytes)
        commit = (0, 0)
    }
}

/// The life of one process that wrote the journal.
package struct Epoch: Hashable, Sendable {
    /// When its first block was decided.
    package let began: Timestamp
    /// The first record that it could give out.
    package let first: RecordNumber
    package private(set) var ended: Timestamp
    package private(set) var records = 0
    package private(set) var commits = 0

    init(began: Timestamp, first: RecordNumber) {
        self.began = began
        self.first = first
        ended = began
    }

    mutating func add(_ block: DecodedBlock) {
        ended = max(ended, block.time)
        records += block.records.count
        if block.endsCommit { commits += 1 }
    }
}
