import ByteCoding
import Platform

/// One rewriting under way: records go in, blocks come out.
struct RewritePass {
    /// Commits are put together until their blocks are at least this part of the target, in
    /// quarters; so a block seldom ends in the middle of a commit.
    private static let fillQuarters = 3
    /// A commit put together holds any commit of a writer.
    private static let commitLimit = 64 << 20

    private let header: SegmentHeader
    private let rule: RewriteRule
    private let runOf: RunOf
    private let target: SegmentReplacement
    private let builder: CommitBuilder
    private let deflater: Deflater
    private let commitTarget: Int
    private let inflater = Inflater()
    private var chain: UInt32
    private var table = RunTable()
    private var omission = Omission()
    private var subjects: Set<UInt64> = []
    private var reliedOn: RecordNumber
    private var leftOut: UInt64 = 0
    private var inflatedBytes = 0
    private var unasked = 0
    private var lastTaken = Timestamp.zero
    private(set) var footer: SegmentFooter

    init(
        _ first: SegmentHeader, generation: UInt32, rule: RewriteRule, runOf: @escaping RunOf,
        options: RewriteOptions, target: SegmentReplacement
    ) throws(JournalError) {
        header = SegmentHeader(
            generation: generation, firstRecord: first.firstRecord,
            chainBefore: first.chainBefore,
            salt: SegmentHeader.salt(
                firstRecord: first.firstRecord, generation: generation, created: first.created),
            created: first.created)
        self.rule = rule
        self.runOf = runOf
        self.target = target
        reliedOn = rule.reliedOn == .last ? .last : .none
        commitTarget = options.blockTarget / 4 * Self.fillQuarters
        var journal = JournalOptions()
        journal.level = options.level
        journal.blockTarget = options.blockTarget
        journal.blockLimit = max(journal.blockLimit, options.blockTarget)
        journal.commitLimit = Self.commitLimit
        builder = CommitBuilder(nextRecord: first.firstRecord, options: journal)
        deflater = builder.newDeflater()
        chain = header.chain
        footer = SegmentFooter(
            generation: generation, salt: header.salt, firstRecord: header.firstRecord,
            chainEnd: chain, omission: omission, table: table)
        _ = try target.append(header.encoded())
    }

    /// Writes what is to be kept of a segment; false if it was told to give up.
    mutating func take(
        _ source: RewriteSource, goOn: (Int) -> Bool
    ) throws(JournalError) -> Bool {
        reliedOn = max(reliedOn, source.footer.omission.reliedOn)
        subjects.formUnion(source.footer.omission.subjects)
        omission.lost += source.footer.omission.lost
        let walk = try source.walk()
        for step in walk.kept {
            guard let (records, inflated) = walk.image.records(in: step, inflater) else {
                throw .damaged(
                    Damage(
                        segment: source.file.segment, offset: step.offset, cause: .content,
                        record: step.header.firstRecord))
            }
            for record in records { try take(record) }
            inflatedBytes += inflated
            unasked += inflated
            guard
                step.header.flags.contains(.commitEnd), builder.pendingBytes >= commitTarget
            else { continue }
            guard try write(at: step.header.time) else { continue }
            guard goOn(unasked) else { return false }
            unasked = 0
        }
        return true
    }

    /// Keeps the records of a block out of a damaged segment, and its commit.
    mutating func take(_ block: DecodedBlock) throws(JournalError) {
        for record in block.records { try take(record) }
        passOver(to: block.lastRecord.next)
        lastTaken = block.time
        if block.endsCommit { _ = try write(at: lastTaken) }
    }

    /// Names records as lost. What came before them ends its commit.
    mutating func lose(_ records: ClosedRange<RecordNumber>) throws(JournalError) {
        passOver(to: records.lowerBound)
        _ = try write(at: lastTaken)
        passOver(to: records.upperBound.next)
        omission.lost.append(records.lowerBound.rawValue...records.upperBound.rawValue)
    }

    /// Goes on from what earlier rewritings left out.
    mutating func inherit(_ omission: Omission) {
        reliedOn = max(reliedOn, omission.reliedOn)
        subjects.formUnion(omission.subjects)
    }

    private mutating func take(_ record: Record) throws(JournalError) {
        // Where the entries of the file are, its footer says: its index records are of no use.
        guard record.kind != .index else { return }
        let run = runOf(record)
        switch rule.fate(record, run) {
        case .keep: try add(record, run: run)
        case .restate(let other):
            precondition(
                other.number == record.number && runOf(other) == run,
                "who restates a record takes no items away")
            try add(other, run: run)
        case .leaveOut:
            reliedOn = max(reliedOn, rule.reliedOn)
            leftOut += 1
            if let run { subjects.insert(run.subject) }
        }
    }

    private mutating func add(_ record: Record, run: Run?) throws(JournalError) {
        passOver(to: record.number)
        try builder.add(
            kind: record.kind, version: record.version, payload: record.payload,
            form: record.form, run: run)
    }

    /// Lets all numbers before `next` that hold no record pass.
    private mutating func passOver(to next: RecordNumber) {
        let first = builder.nextRecord.rawValue
        guard first < next.rawValue else { return }
        omission.leaveOut(first...next.rawValue - 1)
        var left = next.rawValue - first
        while left > 0 {
            let count = Int(min(left, UInt64(CommitBuilder.leftOutLimit)))
            builder.leaveOut(count)
            left -= UInt64(count)
        }
    }

    /// Writes the blocks that have gathered; true if a slice was synced.
    private mutating func write(at time: Timestamp) throws(JournalError) -> Bool {
        guard let commit = builder.finish(at: time) else { return false }
        let start = target.size
        var image = CommitImage(commit, deflater: deflater)
        chain = image.place(salt: header.salt, chain: chain, durable: commit.last)
        let synced = try target.append(image.bytes)
        image.enter(into: &table, at: start)
        return synced
    }

    /// Writes the rest and the footer.
    mutating func finish(first: SegmentFooter, last: SegmentFooter) throws(JournalError) {
        passOver(to: last.table.lastRecord.next)
        _ = try write(at: last.table.lastTime)
        table.firstTime = first.table.firstTime
        table.lastTime = last.table.lastTime
        omission.reliedOn = reliedOn
        omission.subjects = subjects.sorted()
        footer.chainEnd = last.chainEnd
        footer.omission = omission
        footer.table = table
        _ = try target.append(footer.encoded(at: target.size))
        try target.finish()
    }

    func outcome(merged: [RecordNumber], bytesBefore: Int) -> RewriteOutcome {
        let segment = header.firstRecord
        let generation = header.generation
        return RewriteOutcome(
            segment: segment, generation: generation, merged: merged, bytesBefore: bytesBefore,
            bytesAfter: target.size, inflatedBytes: inflatedBytes, leftOut: leftOut,
            subjects: omission.subjects, runs: table.locations(in: segment, generation: generation))
    }
}
