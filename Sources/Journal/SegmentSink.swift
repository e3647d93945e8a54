import ByteCoding
import Platform

/// The local form of `BlockSink`: segment files in a directory.
///
/// A commit is one write and one sync. `@unchecked Sendable`: `append`, `mark` and `close` are
/// called one at a time, and only they touch `writer` and `deflater`; the rest is behind locks.
public final class SegmentSink: BlockSink, @unchecked Sendable {
    /// What has been written since the journal was opened.
    public struct Statistics: Hashable, Sendable {
        public var commits = 0
        public var syncs = 0
        public var bytes = 0
    }

    /// What only the appending thread touches.
    struct Writer {
        var file: any File
        var segment: SegmentHeader
        var position: Int
        /// The chain value of the last block.
        var chain: UInt32
        /// All blocks of the segment so far.
        var table: RunTable
        /// How much of `table` the last index record covered.
        var indexedRuns: Int
        var indexedEnd: UInt32
        /// Where the last index record was made or was too long.
        var indexTriedAt: Int
        /// The last record that a true sync has made durable.
        var durable: RecordNumber
        var lastRecord: RecordNumber
        var lastSync: Duration
        /// Whether anything was written since the last mark.
        var needsMark = false
        /// Whether the next block is the first of this process in a journal that others wrote.
        var isOpening: Bool
        var isStopped = false
    }

    private let directory: JournalDirectory
    private let options: JournalOptions
    private let policy: SyncPolicy
    private let clock: any Clock
    private let lock: any FileLock
    private let space: SegmentSpace
    private let tail: RecoveredTail
    private var writer: Writer
    /// Used by the appending thread.
    private let deflater: Deflater
    private let counters = Lock(Statistics())
    private let dueIndex = Lock<[UInt8]?>(nil)

    init(
        _ directory: JournalDirectory, options: JournalOptions, policy: SyncPolicy,
        clock: any Clock, lock: any FileLock, writer: Writer, filled: Int,
        tail: RecoveredTail
    ) {
        self.directory = directory
        self.options = options
        self.policy = policy
        self.clock = clock
        self.lock = lock
        self.writer = writer
        self.tail = tail
        deflater = Deflater(level: options.level)
        space = SegmentSpace(
            directory, options: options, current: writer.file, filled: filled,
            position: writer.position)
    }

    public var statistics: Statistics { counters.withLock { $0 } }
    public var room: SinkRoom { space.room }
    public var wantsFilling: Bool { space.wantsFilling }
    public func fillAhead() throws(JournalError) -> Bool { try space.fillSlice() }

    public func append(
        _ commit: SealedCommit, after: RecordNumber, epoch: UInt64,
        completion: (AppendOutcome) -> Void
    ) {
        guard !writer.isStopped else { return completion(.unknown(.writerStopped)) }
        precondition(after == writer.lastRecord, "commits are appended in order")
        do throws(JournalError) {
            completion(.durable(try write(commit)))
        } catch {
            writer.isStopped = true
            completion(.unknown(error))
        }
    }

    public func indexRecord() -> [UInt8]? {
        dueIndex.withLock { due in
            defer { due = nil }
            return due
        }
    }

    public func mark() throws(JournalError) {
        guard writer.needsMark, !writer.isStopped else { return }
        if policy != .always { try sync() }
        try writeMark()
    }

    public func close() throws(JournalError) {
        defer {
            writer.isStopped = true
            space.close()
            lock.release()
        }
        guard !writer.isStopped else { return }
        if writer.needsMark {
            try sync()
            try writeMark()
        }
    }

    private func write(_ commit: SealedCommit) throws(JournalError) -> [RunLocation] {
        var image = CommitImage(commit, deflater: deflater)
        // Behind the commit there is always room for a mark.
        if writer.position + image.bytes.count + BlockHeader.length > options.segmentSize {
            let first =
                DeliberateFault.rotateOffByOne.isOn ? commit.first.next : commit.first
            try rotate(to: first)
        }
        tail.forget()
        let start = writer.position
        let chain = image.place(
            salt: writer.segment.salt, chain: writer.chain, durable: stamp(for: commit),
            opens: writer.isOpening)
        space.reserve(to: start + image.bytes.count)
        try onDisk { () throws(FileError) in try writer.file.write(image.bytes, at: start) }
        writer.chain = chain
        writer.position = start + image.bytes.count
        writer.lastRecord = commit.last
        writer.needsMark = true
        writer.isOpening = false
        try syncByPolicy()
        let locations = enter(image, at: start)
        space.moved(to: writer.position, footer: writer.table.footerBound)
        counters.withLock {
            $0.commits += 1
            $0.bytes += image.bytes.count
        }
        return locations
    }

    /// What the commit says to be durable.
    private func stamp(for commit: SealedCommit) -> RecordNumber {
        if DeliberateFault.stampAhead.isOn { return commit.last }
        if DeliberateFault.forgetStamp.isOn { return .none }
        return writer.durable
    }

    private func syncByPolicy() throws(JournalError) {
        switch policy {
        case .always: try sync()
        case .never: break
        case .interval(let interval):
            if clock.monotonic() - writer.lastSync >= interval { try sync() }
        }
    }

    private func sync() throws(JournalError) {
        try onDisk { () throws(FileError) in try writer.file.sync() }
        writer.durable = writer.lastRecord
        writer.lastSync = clock.monotonic()
        counters.withLock { $0.syncs += 1 }
    }

    /// Enters the commit into the table of the segment and says where its runs are.
    private func enter(_ image: CommitImage, at start: Int) -> [RunLocation] {
        image.enter(into: &writer.table, at: start)
        var locations: [RunLocation] = []
        for block in image.blocks {
            let location = BlockLocation(
                segment: writer.segment.firstRecord, generation: writer.segment.generation,
                offset: UInt32(start + block.offset))
            for run in block.content.runs {
                locations.append(RunLocation(run: run, block: location))
            }
        }
        if writer.position - writer.indexTriedAt >= options.indexInterval { makeIndex() }
        return locations
    }

    /// Makes the payload of the next index record: what came since the last one.
    ///
    /// Skipped while the last one has not been taken, and if it were longer than a commit has room
    /// for: then a restart reads the blocks.
    private func makeIndex() {
        guard dueIndex.withLock({ $0 == nil }) else { return }
        writer.indexTriedAt = writer.position
        let index = SegmentIndex(
            segment: writer.segment.firstRecord, coveredFrom: writer.indexedEnd,
            table: writer.table.since(writer.indexedRuns))
        let payload = index.encoded
        guard payload.count <= options.indexPayloadLimit else { return }
        writer.indexedRuns = writer.table.runs.count
        writer.indexedEnd = writer.table.coveredEnd
        dueIndex.withLock { $0 = payload }
    }

    private func writeMark() throws(JournalError) {
        var bytes = [UInt8](repeating: 0, count: BlockHeader.length)
        let header = BlockHeader(
            flags: writer.isOpening ? [.mark, .commitEnd, .opened] : [.mark, .commitEnd],
            salt: writer.segment.salt, chain: writer.chain,
            firstRecord: writer.lastRecord.next, recordCount: 0, storedLength: 0,
            inflatedLength: 0, bodyChecksum: 0, time: clock.wall(), durable: writer.durable)
        let chain = bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        guard writer.position + bytes.count <= options.segmentSize else { return }
        tail.forget()
        space.reserve(to: writer.position + bytes.count)
        try onDisk { () throws(FileError) in try writer.file.write(bytes, at: writer.position) }
        writer.chain = chain
        writer.position += bytes.count
        writer.table.coveredEnd = UInt32(writer.position)
        writer.needsMark = false
        writer.isOpening = false
        space.moved(to: writer.position, footer: writer.table.footerBound)
    }

    /// Seals the segment and goes on in the spare file, which then holds `first` onwards.
    private func rotate(to first: RecordNumber) throws(JournalError) {
        // The successor says that all before it was durable.
        if policy != .always { try sync() }
        if writer.needsMark { try writeMark() }
        let header = SegmentHeader(
            beginningWith: first, chainBefore: writer.chain, created: clock.wall())
        let file = try space.rotate { (spare) throws(JournalError) in
            try directory.begin(header, in: spare)
        } seal: {
            () throws(JournalError) in
            try SegmentSealing.seal(
                writer.file, at: writer.position, header: writer.segment, chain: writer.chain,
                table: writer.table)
        }
        writer.file = file
        writer.segment = header
        writer.position = SegmentHeader.length
        writer.chain = header.chain
        writer.table = RunTable()
        writer.indexedRuns = 0
        writer.indexedEnd = UInt32(SegmentHeader.length)
        writer.indexTriedAt = SegmentHeader.length
        writer.durable = writer.lastRecord
        dueIndex.withLock { $0 = nil }
    }
}

/// Ends a segment with its footer.
enum SegmentSealing {
    /// Writes the footer behind the last block, cuts the file there, and syncs.
    ///
    /// A crash in between leaves an unsealed segment with bytes behind its last block; recovery
    /// seals it again.
    static func seal(
        _ file: any File, at position: Int, header: SegmentHeader, chain: UInt32, table: RunTable,
        omission: Omission = Omission()
    ) throws(JournalError) {
        let footer = SegmentFooter(
            generation: header.generation, salt: header.salt, firstRecord: header.firstRecord,
            chainEnd: chain, omission: omission,
            table: DeliberateFault.emptyFooter.isOn ? RunTable() : table)
        let bytes = footer.encoded(at: position)
        try onDisk { () throws(FileError) in
            try file.write(bytes, at: position)
            try file.truncate(to: position + bytes.count)
            try file.sync()
        }
    }
}
