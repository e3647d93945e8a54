import ByteCoding
import Platform

/// Where the runs of a segment are.
public struct SegmentRuns: Sendable {
    public let runs: [RunLocation]
    /// Records up to here are covered; those behind must be read to know their runs.
    public let coveredThrough: RecordNumber
}

/// Reads a journal, also one that another process is writing. Takes no lock and writes nothing.
public final class JournalReader: Sendable {
    public let directory: JournalDirectory
    let runOf: RunOf
    private let tail: RecoveredTail
    private let openFiles = Lock<[RecordNumber: OpenFile]>([:])

    struct OpenFile: Sendable {
        let file: any File
        let header: SegmentHeader
    }

    /// - Parameter runOf: needed only for the runs of segments without a footer.
    public convenience init(
        _ directory: JournalDirectory, runOf: @escaping RunOf = { _ in nil }
    ) {
        self.init(directory, tail: RecoveredTail(nil), runOf: runOf)
    }

    init(_ directory: JournalDirectory, tail: RecoveredTail, runOf: @escaping RunOf) {
        self.directory = directory
        self.tail = tail
        self.runOf = runOf
    }

    /// How often a list is taken anew because a rewriting has changed it meanwhile.
    private static let listAttempts = 8

    /// The segments in order; damaged ones throw. Those whose records are in a rewritten one
    /// already are passed over.
    public func segments() throws(JournalError) -> [SegmentSummary] {
        for _ in 1..<Self.listAttempts {
            do throws(JournalError) {
                return try listed()
            } catch {
                guard case .gone = error else { throw error }
            }
        }
        return try listed()
    }

    private func listed() throws(JournalError) -> [SegmentSummary] {
        var summaries: [SegmentSummary] = []
        for segment in try directory.segments() {
            if let last = summaries.last, last.generation > 0,
                last.lastRecord ?? .none >= segment
            {
                continue
            }
            summaries.append(try summary(of: segment))
        }
        return summaries
    }

    /// One segment; throws if its header or footer is damaged.
    public func summary(of segment: RecordNumber) throws(JournalError) -> SegmentSummary {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        let header = try file.header()
        return SegmentSummary(header, try file.footer(of: header)?.footer, size: file.size)
    }

    /// What rewriting left out of a sealed segment; nothing of another one.
    public func omission(of segment: RecordNumber) throws(JournalError) -> Omission {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        return try file.footer(of: file.header())?.footer.omission ?? Omission()
    }

    /// The runs of a segment: from its footer, or from index records and the blocks behind them.
    public func runs(in segment: RecordNumber) throws(JournalError) -> SegmentRuns {
        if let content = tail.content(of: segment) {
            return SegmentRuns(
                runs: content.table.locations(
                    in: segment, generation: content.walk.image.header.generation),
                coveredThrough: content.table.lastRecord)
        }
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        let header = try file.header()
        let table: RunTable
        // A footer that rots while the journal is open takes no entry with it.
        if let footer = try file.wholeFooter(of: header) {
            table = footer.footer.table
        } else {
            let walk = SegmentWalk(try file.image(header, end: file.size), sealed: false)
            table = OpenSegment(walk, runOf: runOf).table
        }
        return SegmentRuns(
            runs: table.locations(in: segment, generation: header.generation),
            coveredThrough: table.lastRecord)
    }

    /// Blocks from the one that holds `first` on, inflated as they are asked for.
    public func blocks(from first: RecordNumber) -> BlockCursor {
        BlockCursor(directory, from: first, tail: tail, inflatesAhead: false)
    }

    /// The same, inflated some blocks ahead on all cores: for who reads on to the end.
    public func blocksInflatedAhead(from first: RecordNumber) -> BlockCursor {
        BlockCursor(directory, from: first, tail: tail, inflatesAhead: true)
    }

    /// The records that begin in the block at `location`, a long one joined with its rest.
    ///
    /// - Throws: `damaged`; `gone` if the segment has been rewritten or removed since.
    public func records(at location: BlockLocation) throws(JournalError) -> [Record] {
        let open = try openFile(location)
        let inflater = Inflater()
        var (header, checksum, body) = try block(
            location, open, at: Int(location.offset), inflater)
        let first = header
        guard !first.flags.contains(.continued) else {
            throw damaged(.chain, location, first.firstRecord)
        }
        var offset = Int(location.offset) + BlockHeader.length + Int(header.storedLength)
        while header.flags.contains(.continues) {
            let (next, chain, piece) = try block(location, open, at: offset, inflater)
            // Another block of this segment may have been written where the rest was.
            guard next.flags.contains(.continued), next.chain == checksum else {
                throw damaged(.chain, location, first.firstRecord)
            }
            body += piece
            offset += BlockHeader.length + Int(next.storedLength)
            (header, checksum) = (next, chain)
        }
        let records = RecordFrame.records(
            in: body, numbered: first.firstRecord, count: Int(first.recordCount),
            form: first.flags.contains(.kept) ? .kept : .plain)
        guard let records else { throw damaged(.content, location, first.firstRecord) }
        return records
    }

    /// Lets go of files that are no more.
    public func forget(_ segments: [RecordNumber]) {
        openFiles.withLock { files in
            for segment in segments { files[segment] = nil }
        }
    }

    private func block(
        _ location: BlockLocation, _ open: OpenFile, at offset: Int, _ inflater: Inflater
    ) throws(JournalError) -> (header: BlockHeader, checksum: UInt32, body: [UInt8]) {
        // One read for the header and a body of the usual size.
        let guess = try onDisk { () throws(FileError) in
            try open.file.read(BlockHeader.length + (32 << 10), at: offset)
        }
        let decoded = guess.withUnsafeBytes { BlockHeader.decode($0) }
        guard let (header, checksum) = decoded, header.salt == open.header.salt else {
            throw damaged(.header, location, nil)
        }
        let length = Int(header.storedLength)
        var stored = guess[BlockHeader.length...].prefix(length)
        if stored.count < length {
            let whole = try onDisk { () throws(FileError) in
                try open.file.read(length, at: offset + BlockHeader.length)
            }
            stored = whole[...]
        }
        guard stored.count == length, crc32(stored) == header.bodyChecksum else {
            throw damaged(.body, location, header.firstRecord)
        }
        guard let body = BlockBody.inflate(stored, header, inflater) else {
            throw damaged(.content, location, header.firstRecord)
        }
        return (header, checksum, body)
    }

    private func damaged(
        _ cause: Damage.Cause, _ location: BlockLocation, _ record: RecordNumber?
    ) -> JournalError {
        .damaged(
            Damage(
                segment: location.segment, offset: Int(location.offset), cause: cause,
                record: record))
    }

    /// Files stay open, so that a read costs one system call.
    private func openFile(_ location: BlockLocation) throws(JournalError) -> OpenFile {
        if let open = openFiles.withLock({ $0[location.segment] }),
            open.header.generation == location.generation
        {
            return open
        }
        let file = try SegmentFile(
            try directory.open(location.segment), segment: location.segment)
        let header = try file.header()
        guard header.generation == location.generation else { throw .gone(location) }
        let open = OpenFile(file: file.file, header: header)
        openFiles.withLock { $0[location.segment] = open }
        return open
    }
}
