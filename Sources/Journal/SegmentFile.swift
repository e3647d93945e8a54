import Platform

#if canImport(Glibc)
    import Glibc
#endif

/// Reading the parts of a segment file.
struct SegmentFile {
    let file: any File
    let segment: RecordNumber
    let size: Int

    init(_ file: any File, segment: RecordNumber) throws(JournalError) {
        self.file = file
        self.segment = segment
        size = try onDisk { () throws(FileError) in try file.size() }
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file as it was opened.
    ///
    /// - Throws: `file` if it has become shorter, so that no copy of it is.
    func read(_ count: Int, at offset: Int) throws(JournalError) -> [UInt8] {
        let wanted = min(count, max(0, size - offset))
        let bytes = try onDisk { () throws(FileError) in try file.read(wanted, at: offset) }
        guard bytes.count == wanted else { throw .file(FileError("read", file.path, code: EIO)) }
        return bytes
    }

    /// - Throws: `damaged`, `unsupportedVersion`.
    func header() throws(JournalError) -> SegmentHeader {
        let bytes = try onDisk { () throws(FileError) in
            try file.read(SegmentHeader.length, at: 0)
        }
        let damage = Damage(segment: segment, offset: 0, cause: .segmentHeader, record: segment)
        switch SegmentHeader.read(bytes) {
        case .whole(let header):
            guard header.firstRecord == segment else { throw .damaged(damage) }
            return header
        case .newer(let version): throw .unsupportedVersion(version, segment: segment)
        case .zeros, .damaged: throw .damaged(damage)
        }
    }

    /// The header; nil if it is damaged.
    func wholeHeader() throws(JournalError) -> SegmentHeader? {
        do throws(JournalError) {
            return try header()
        } catch {
            if case .damaged = error { return nil }
            throw error
        }
    }

    /// The last bytes of the file if they are those of a footer, whoever wrote it.
    func trailer() throws(JournalError) -> SegmentFooter.Trailer? {
        let length = SegmentFooter.trailerLength
        guard size >= SegmentHeader.length + length else { return nil }
        let bytes = try onDisk { () throws(FileError) in
            try file.read(length, at: size - length)
        }
        return SegmentFooter.trailer(bytes)
    }

    /// The footer; nil if the file does not end with one.
    ///
    /// - Throws: `damaged` if there is a trailer whose table is not whole.
    func footer(of header: SegmentHeader) throws(JournalError) -> (
        footer: SegmentFooter, offset: Int
    )? {
        guard let trailer = try trailer() else { return nil }
        let table = try onDisk { () throws(FileError) in
            try file.read(min(trailer.storedLength, size), at: min(trailer.offset, size))
        }
        guard
            trailer.salt == header.salt, trailer.generation == header.generation,
            trailer.offset + trailer.storedLength + SegmentFooter.trailerLength == size,
            let footer = SegmentFooter(trailer, table: table),
            SegmentHeader.spans(footer.table.lastRecord, from: segment)
        else {
            throw .damaged(
                Damage(
                    segment: segment, offset: size - SegmentFooter.trailerLength,
                    cause: .footer, record: nil))
        }
        return (footer, trailer.offset)
    }

    /// The footer; nil if there is none or it is damaged: blocks are found without it, and
    /// recovery writes it anew.
    func wholeFooter(of header: SegmentHeader) throws(JournalError) -> (
        footer: SegmentFooter, offset: Int
    )? {
        do throws(JournalError) {
            return try footer(of: header)
        } catch {
            if case .damaged = error { return nil }
            throw error
        }
    }

    /// Whether a file without a readable header holds the blocks of this segment, not those of
    /// another one under its name, nor nothing.
    static func isOwn(
        _ segment: RecordNumber, _ successor: RecordNumber?, in directory: JournalDirectory
    ) throws(JournalError) -> Bool {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        let bytes = try onDisk { () throws(FileError) in try file.file.read(file.size, at: 0) }
        return file.isOwn(bytes, try file.trailer(), successor)
    }

    /// The same for its bytes.
    func isOwn(
        _ bytes: [UInt8], _ trailer: SegmentFooter.Trailer?, _ successor: RecordNumber?
    ) -> Bool {
        if case .whole = SegmentHeader.read(bytes) { return false }
        if let trailer, trailer.firstRecord != segment { return false }
        guard let first = SegmentImage.firstBlock(in: bytes)?.firstRecord,
            SegmentHeader.spans(first, from: segment)
        else { return false }
        return first >= segment && successor.map { first <= $0 } ?? true
    }

    /// The loss of everything in a segment without a readable header: up to the segment behind it,
    /// or as far as whole block headers tell.
    func wholeLoss(
        _ damage: Damage, successor: RecordNumber?
    ) throws(JournalError) -> RecoveryReport.Loss {
        let bytes = try onDisk { () throws(FileError) in try file.read(size, at: 0) }
        var last = successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? segment
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + BlockHeader.length <= buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
                guard let (header, _) = BlockHeader.decode(rest) else {
                    offset += 1
                    continue
                }
                last = max(last, header.lastRecord)
                offset += BlockHeader.length
            }
        }
        return RecoveryReport.Loss(damage: damage, first: segment, last: last)
    }

    /// All of the file in memory; at most a segment's size.
    func image(_ header: SegmentHeader, end: Int) throws(JournalError) -> SegmentImage {
        let bytes = try onDisk { () throws(FileError) in try file.read(size, at: 0) }
        return SegmentImage(header: header, bytes: bytes, end: min(end, bytes.count))
    }
}
