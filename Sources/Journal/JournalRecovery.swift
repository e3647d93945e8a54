import ByteCoding
import Platform

/// A journal that is open for writing, and all that is needed to go on from where it ended.
public struct RecoveredJournal {
    public let report: RecoveryReport
    /// The last record that is there; `none` in a new journal.
    public let lastRecord: RecordNumber
    public let builder: CommitBuilder
    public let sink: SegmentSink
    public let reader: JournalReader
}

/// Opens a journal for writing: locks it, cuts off what was never acknowledged, reports what was
/// lost, and seals what a crash left open.
///
/// What it leaves on disk is synced before it returns, so another crash at once changes nothing.
/// Cost: the open segment is read once, also for those who read `reader` before the first write,
/// and inflated from its last index record on; of sealed
/// segments only headers and footers are read.
public enum JournalRecovery {
    /// - Parameters:
    ///   - runOf: what a record holds; must not change while the journal lives.
    ///   - holder: what others are told while this process holds the lock.
    public static func open(
        _ directory: JournalDirectory, options: JournalOptions = JournalOptions(),
        policy: SyncPolicy = .always, clock: any Clock, runOf: @escaping RunOf, holder: String
    ) throws(JournalError) -> RecoveredJournal {
        options.checkInvariants()
        try prepare(directory)
        let outcome = try onDisk { () throws(FileError) in
            try directory.files.lock(directory.lockPath, holder: holder)
        }
        switch outcome {
        case .taken(let other): throw .locked(holder: other)
        case .held(let lock):
            do throws(JournalError) {
                var recovery = Recovery(directory, options, policy, clock, runOf, lock)
                return try recovery.run()
            } catch {
                lock.release()
                throw error
            }
        }
    }

    /// Creates the directory if it is not there; its parent must be.
    private static func prepare(_ directory: JournalDirectory) throws(JournalError) {
        let status = try onDisk { () throws(FileError) in
            try directory.files.status(directory.path)
        }
        if let status {
            guard status.isDirectory else { throw .notADirectory(directory.path) }
            // With a segment in it, its name was made durable before that was made.
            guard try directory.segments().isEmpty else { return }
        }
        try onDisk { () throws(FileError) in
            if status == nil { try directory.files.createDirectory(directory.path) }
            try directory.files.syncDirectory(parent(of: directory.path))
        }
    }

    private static func parent(of path: String) -> String {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}

/// One run of recovery.
struct Recovery {
    let directory: JournalDirectory
    let options: JournalOptions
    let policy: SyncPolicy
    let clock: any Clock
    let runOf: RunOf
    let lock: any FileLock
    var report = RecoveryReport()
    /// The highest record number that is known to have been given out.
    var lastRecord = RecordNumber.none
    var chainBefore: UInt32 = 0
    /// The last record of the last rewritten segment that is whole.
    var rewrittenThrough = RecordNumber.none
    /// Rewritten segments, and the highest record that each relied on.
    var rewritten: [(segment: RecordNumber, reliedOn: RecordNumber)] = []
    /// Whether the segment in hand may have been on its way to its footer.
    var isBeingSealed = false
    /// Of the open segment, if nothing of it was cut off.
    var tail: RecoveredTail.Content?

    init(
        _ directory: JournalDirectory, _ options: JournalOptions, _ policy: SyncPolicy,
        _ clock: any Clock, _ runOf: @escaping RunOf, _ lock: any FileLock
    ) {
        self.directory = directory
        self.options = options
        self.policy = policy
        self.clock = clock
        self.runOf = runOf
        self.lock = lock
    }

    mutating func run() throws(JournalError) -> RecoveredJournal {
        // A process that died may have left names that are not durable yet.
        try onDisk { () throws(FileError) in try directory.files.syncDirectory(directory.path) }
        try directory.removeUnfinished()
        let segments = try directory.segments()
        var open: (file: any File, writer: SegmentSink.Writer, filled: Int)?
        for (index, segment) in segments.enumerated() {
            if segment <= rewrittenThrough {
                // A crash came after it was merged with the one before, and before it was removed.
                try directory.remove([segment])
                continue
            }
            try noteGap(before: segment)
            let successor = index + 1 < segments.count ? segments[index + 1] : nil
            // The process before may have been killed while it sealed this one: then the footer may
            // be there and not be durable, or not be whole.
            if index + 2 == segments.count, let successor {
                isBeingSealed = try directory.isUnwritten(successor)
            } else {
                isBeingSealed = successor == nil
            }
            open = try recover(segment, successor: successor)
        }
        let state: (file: any File, writer: SegmentSink.Writer, filled: Int)
        if let open { state = open } else { state = try startSegment() }
        try noteUnexplained()
        let tail = RecoveredTail(tail)
        let sink = SegmentSink(
            directory, options: options, policy: policy, clock: clock, lock: lock,
            writer: state.writer, filled: state.filled, tail: tail)
        try fill(sink)
        let builder = CommitBuilder(
            nextRecord: DeliberateFault.giveNumbersAgain.isOn ? lastRecord : lastRecord.next,
            options: options, indexRecord: sink.indexRecord)
        let reader = JournalReader(directory, tail: tail, runOf: runOf)
        return RecoveredJournal(
            report: report, lastRecord: lastRecord, builder: builder, sink: sink, reader: reader)
    }

    /// Finds what was left out on the strength of records that are not there any more, and makes
    /// sure that it is known for ever: numbers behind the end are given out again.
    private mutating func noteUnexplained() throws(JournalError) {
        let reader = JournalReader(directory, runOf: runOf)
        for (segment, reliedOn) in rewritten where reliedOn > lastRecord {
            report.unexplained.append(
                RecoveryReport.Unexplained(
                    segment: segment, reliedOn: reliedOn,
                    subjects: try reader.omission(of: segment).subjects))
            guard reliedOn < .last else { continue }
            let forEver = RewriteRule(reliedOn: .last) { _, _ in .keep }
            do throws(JournalError) {
                _ = try SegmentRewriter(directory, runOf: runOf)
                    .rewrite([segment], by: forEver) { _ in true }
            } catch {
                // One with damage in it is not rewritten; its losses are told by whoever reads it.
                guard case .damaged = error else { throw error }
            }
        }
    }

    /// Records between the end of what was there and `segment` are gone with their file.
    private mutating func noteGap(before segment: RecordNumber) throws(JournalError) {
        guard segment > lastRecord.next else { return }
        let first = lastRecord.next
        let last = RecordNumber(rawValue: segment.rawValue - 1)
        report.losses.append(
            RecoveryReport.Loss(
                damage: Damage(segment: first, offset: 0, cause: .missing, record: first),
                first: first, last: last))
        lastRecord = last
    }

    mutating func noteShortening(
        _ file: SegmentFile, _ cause: RecoveryReport.Shortening.Cause
    ) {
        report.shortening = RecoveryReport.Shortening(
            segment: file.segment, size: file.size, lastRecord: lastRecord, cause: cause)
    }

    /// Prepares space for the first commit. A disk without it is no reason not to start: the
    /// journal can be read, and goes on once there is some.
    private func fill(_ sink: SegmentSink) throws(JournalError) {
        do throws(JournalError) {
            while case .filling = sink.room { _ = try sink.fillAhead() }
        } catch {
            guard case .full = error else { throw error }
        }
    }

    private mutating func recover(
        _ segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) -> (file: any File, writer: SegmentSink.Writer, filled: Int)? {
        let handle = try onDisk { () throws(FileError) in
            try directory.files.open(directory.segmentPath(segment), .update)
        }
        let file = try SegmentFile(handle, segment: segment)
        let header: SegmentHeader
        do throws(JournalError) {
            header = try file.header()
        } catch {
            guard case .damaged(let damage) = error else { throw error }
            defer { handle.close() }
            if try !mendHeader(of: segment, successor: successor) {
                try setAside(segment, file, damage, successor: successor)
            }
            return nil
        }
        if let footer = try file.wholeFooter(of: header) {
            defer { handle.close() }
            if isBeingSealed { try settle(file, header, footer.offset) }
            lastRecord = max(lastRecord, footer.footer.table.lastRecord)
            if successor == nil { noteShortening(file, .successorMissing) }
            if header.generation > 0 {
                rewrittenThrough = footer.footer.table.lastRecord
                rewritten.append((segment, footer.footer.omission.reliedOn))
            }
            chainBefore = footer.footer.chainEnd
            return nil
        }
        return try recoverUnsealed(file, header, successor: successor)
    }

    private mutating func recoverUnsealed(
        _ file: SegmentFile, _ header: SegmentHeader, successor: RecordNumber?
    ) throws(JournalError) -> (file: any File, writer: SegmentSink.Writer, filled: Int)? {
        let image = try file.image(header, end: file.size)
        let durableElsewhere = successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? .none
        let walk = SegmentWalk(
            image, sealed: successor != nil, durableElsewhere: durableElsewhere)
        report.losses += walk.losses(whileSealing: isBeingSealed)
        lastRecord = max(lastRecord, walk.lastRecord)
        let end = try cut(walk, file)
        let content = OpenSegment(walk, runOf: runOf)
        if successor != nil {
            try SegmentSealing.seal(
                file.file, at: end, header: header, chain: walk.chain, table: content.table,
                omission: Omission(in: walk))
            file.file.close()
            report.resealed.append(header.firstRecord)
            chainBefore = walk.chain
            return nil
        }
        if walk.cut == nil {
            tail = RecoveredTail.Content(walk: walk, table: content.table)
            // Behind what a writer writes there is always room for a mark.
            if end + BlockHeader.length > file.size {
                noteShortening(file, .cutShort)
            }
        }
        let writer = SegmentSink.Writer(
            file: file.file, segment: header, position: end, chain: walk.chain,
            table: content.table, indexedRuns: content.indexedRuns,
            indexedEnd: content.indexedEnd, indexTriedAt: Int(content.indexedEnd),
            durable: lastRecord, lastRecord: lastRecord,
            lastSync: clock.monotonic(), needsMark: true, isOpening: true)
        return (file.file, writer, max(end, min(file.size, options.fileSize)))
    }

    /// Cuts off what is behind the last good block, after keeping a copy; returns where writing
    /// goes on.
    private mutating func cut(
        _ walk: SegmentWalk, _ file: SegmentFile
    ) throws(JournalError) -> Int {
        try settle(walk, file, through: walk.end)
        guard let (start, verdict) = walk.cut, case let contentEnd = walk.image.endOfContent,
            contentEnd > start
        else { return walk.end }
        let bytes = Array(walk.image.bytes[start..<contentEnd])
        let name = try keepAside(bytes, as: "\(file.segment)-\(start)")
        if DeliberateFault.leaveTornTail.isOn { return start }
        try onDisk { () throws(FileError) in
            try file.file.write([UInt8](repeating: 0, count: contentEnd - start), at: start)
            try file.file.sync()
        }
        report.cuts.append(
            RecoveryReport.Cut(
                segment: file.segment, offset: start, length: bytes.count, keptAs: name,
                isUndecidable: verdict == .cutUndecidable))
        return start
    }

    /// Makes durable what was read behind the last stamp.
    ///
    /// To sync is not enough: if the sync of the process before failed, the system may still show
    /// bytes that it will never write. So they are written once more.
    private func settle(
        _ walk: SegmentWalk, _ file: SegmentFile, through end: Int
    ) throws(JournalError) {
        let start = walk.firstUncovered
        try onDisk { () throws(FileError) in
            if start < end, !DeliberateFault.trustUnsyncedTail.isOn {
                try file.file.write(Array(walk.image.bytes[start..<end]), at: start)
            }
            try file.file.sync()
        }
    }

    /// The same for a segment whose footer nothing yet relies on.
    private func settle(
        _ file: SegmentFile, _ header: SegmentHeader, _ footer: Int
    ) throws(JournalError) {
        let walk = SegmentWalk(try file.image(header, end: footer), sealed: true)
        try onDisk { () throws(FileError) in try file.file.truncate(to: file.size) }
        try settle(walk, file, through: file.size)
    }

    /// Creates the segment that the next record begins.
    private func startSegment() throws(JournalError) -> (
        file: any File, writer: SegmentSink.Writer, filled: Int
    ) {
        let header = SegmentHeader(
            beginningWith: lastRecord.next, chainBefore: chainBefore, created: clock.wall())
        let file = try directory.begin(header)
        let writer = SegmentSink.Writer(
            file: file, segment: header, position: SegmentHeader.length, chain: header.chain,
            table: RunTable(), indexedRuns: 0, indexedEnd: UInt32(SegmentHeader.length),
            indexTriedAt: SegmentHeader.length, durable: lastRecord, lastRecord: lastRecord,
            lastSync: clock.monotonic(), isOpening: lastRecord > .none)
        return (file, writer, SegmentHeader.length + BlockHeader.length)
    }
}
