import ByteCoding

/// Turns the entries of a stream into the two files of an archive, piece by piece.
///
/// Bytes pile up until they are taken; whoever writes them decides when. Nothing is left out and
/// nothing is encoded anew: where the original drops entries whose numbers fall, and lifts time
/// offsets that fall, these files hold what came.
package struct ArchiveWriter: Sendable {
    private let sparsity: IndexSparsity
    private let withChecksums: Bool

    /// Bytes of the entries file that were not taken yet.
    private var entries: [UInt8] = []
    /// Bytes of the index file that were not taken yet.
    private var index: [UInt8] = []
    /// The size of the entries file so far.
    private var entriesSize: UInt64 = 0
    /// The size of what was taken of the index file.
    private var takenIndexSize: UInt64 = 0
    /// Of the bytes since the entry named last, without those that wait behind `summed`.
    private var checksum: UInt32 = 0
    /// How much of `entries` is in `checksum`.
    private var summed = 0
    private var indexChecksum: UInt32 = 0

    private var count: UInt64 = 0
    private var lastIndex: UInt64?
    /// The entry named last.
    private var named = EntryNumbers()
    private var bytesSinceNamed: UInt64 = 0
    /// The frame of the last entry, unless that is named.
    private var pending: Frame?

    private struct Frame {
        /// Where it begins in `entries`.
        var position: Int
        let headerSize: Int
        let size: Int
        /// Where it begins in the entries file.
        let offset: UInt64
    }

    /// - Parameters:
    ///   - descriptor: serialized; its bytes go into both files as they are.
    ///   - withChecksums: whether the index carries checksums, in fields of our own; without them
    ///     it is what the original writes, byte for byte.
    package init(descriptor: [UInt8], sparsity: IndexSparsity, withChecksums: Bool) {
        self.sparsity = withChecksums ? sparsity.bounded : sparsity
        self.withChecksums = withChecksums
        entries.appendLengthPrefixed(descriptor)
        entriesSize = UInt64(entries.count)
        index.appendWireField(ArchiveFormat.Field.descriptor, bytes: descriptor)
    }

    /// Bytes that wait to be taken.
    package var waiting: Int { entries.count + index.count }

    /// Adds RecordIO frames of entries with the consecutive stream indexes from `first` on; what
    /// is at `end` or behind it is left out.
    ///
    /// - Throws: `badInput` if they are no frames of entries with these indexes, or do not come
    ///   behind what was added; the files are worth nothing then.
    package mutating func add(
        frames: ArraySlice<UInt8>, first: UInt64, upTo end: UInt64 = .max
    ) throws(ArchiveError) {
        if let lastIndex, first <= lastIndex {
            throw .badInput("entry \(first) follows entry \(lastIndex)")
        }
        let base = entries.count
        entries.append(contentsOf: frames)
        let failure = frames.withUnsafeBytes { buffer -> ArchiveError? in
            do throws(ArchiveError) {
                try walk(buffer, at: base, first: first, upTo: end)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// The bytes of both files since they were last taken; the last entry stays, since it may
    /// have to be named.
    package mutating func take() -> (entries: [UInt8], index: [UInt8]) {
        let cut = pending?.position ?? entries.count
        sum(to: cut)
        let rest = Array(entries[cut...])
        entries.removeLast(rest.count)
        if withChecksums { indexChecksum = crc32(index[...], continuing: indexChecksum) }
        takenIndexSize += UInt64(index.count)
        defer {
            entries = rest
            index = []
            summed = 0
            pending?.position = 0
        }
        return (entries, index)
    }

    /// Ends both files; nothing can be added any more. The rest is to be taken afterwards.
    ///
    /// - Throws: `badInput` if the last entry is no entry.
    package mutating func finish() throws(ArchiveError) -> ArchiveContent {
        typealias Field = ArchiveFormat.Field
        if let pending {
            let body = pending.position + pending.headerSize..<pending.position + pending.size
            named = try entries.withUnsafeBytes { buffer -> Result<EntryNumbers, ArchiveError> in
                let entry = UnsafeRawBufferPointer(rebasing: buffer[body])
                guard let numbers = EntryNumbers(entry), numbers.streamIndex == lastIndex else {
                    return .failure(.badInput("entry \(lastIndex ?? 0) is something else"))
                }
                return .success(numbers)
            }.get()
            entries.withUnsafeBytes { buffer in
                mark(pending, named, UnsafeRawBufferPointer(rebasing: buffer[body]))
            }
            self.pending = nil
        }
        index.appendNonZero(Field.lastPrefixIndex, named.prefixIndex)
        index.appendNonZero(Field.lastStreamIndex, named.streamIndex)
        index.appendNonZero(Field.entryCount, count)
        if withChecksums {
            sum(to: entries.count)
            index.appendWireField(Field.checksum, fixed32: checksum)
            index.appendWireField(Field.entriesSize, varint: entriesSize)
            index.appendWireField(
                Field.indexChecksum, fixed32: crc32(index[...], continuing: indexChecksum))
        }
        return ArchiveContent(
            entryCount: count, lastIndex: lastIndex, entriesSize: entriesSize,
            indexSize: takenIndexSize + UInt64(index.count))
    }
}

/// What went into an archive.
package struct ArchiveContent: Hashable, Sendable {
    package let entryCount: UInt64
    /// Nil without entries.
    package let lastIndex: UInt64?
    /// In bytes.
    package let entriesSize: UInt64
    /// In bytes.
    package let indexSize: UInt64
}

// The loop over frames, which runs once per entry and looks into those that are named.
extension ArchiveWriter {
    /// - Parameter base: where the frames begin in `entries`.
    private mutating func walk(
        _ frames: UnsafeRawBufferPointer, at base: Int, first: UInt64, upTo end: UInt64
    ) throws(ArchiveError) {
        var position = 0
        var index = first
        while position < frames.count, index < end {
            let start = position
            guard let length = EntryNumbers.varint(frames, &position),
                length <= UInt64(ArchiveFormat.frameLimit),
                length <= UInt64(frames.count - position)
            else { throw .badInput("entry \(index) is no frame") }
            let body = position..<position + Int(length)
            let frame = Frame(
                position: base + start, headerSize: position - start,
                size: body.upperBound - start, offset: entriesSize + UInt64(start))
            position = body.upperBound
            try name(
                frame, numbered: index, UnsafeRawBufferPointer(rebasing: frames[body]))
            guard index < .max else { throw .badInput("there is no index behind \(index)") }
            index += 1
        }
        entries.removeLast(frames.count - position)
        entriesSize += UInt64(position)
    }

    /// Puts an entry into the index if it is to be named there, else keeps it for later.
    private mutating func name(
        _ frame: Frame, numbered index: UInt64, _ entry: UnsafeRawBufferPointer
    ) throws(ArchiveError) {
        bytesSinceNamed += UInt64(entry.count)
        let isFirst = lastIndex == nil
        count += 1
        lastIndex = index
        var isNamed =
            isFirst
            || (sparsity.byteRange > 0 && bytesSinceNamed >= sparsity.byteRange)
            || (sparsity.streamRange > 0 && index - named.streamIndex >= sparsity.streamRange)
        guard isNamed || sparsity.prefixRange > 0 else {
            pending = frame
            return
        }
        guard let numbers = EntryNumbers(entry), numbers.streamIndex == index else {
            throw .badInput("entry \(index) is something else")
        }
        if sparsity.prefixRange > 0, numbers.prefixIndex > named.prefixIndex {
            isNamed =
                isNamed || numbers.prefixIndex - named.prefixIndex >= sparsity.prefixRange
        }
        guard isNamed else {
            pending = frame
            return
        }
        // The first entry does not begin the count of bytes anew (`spec/formats.md §3.2`).
        if !isFirst { bytesSinceNamed = 0 }
        pending = nil
        named = numbers
        mark(frame, numbers, entry)
    }

    private mutating func mark(
        _ frame: Frame, _ numbers: EntryNumbers, _ entry: UnsafeRawBufferPointer
    ) {
        typealias Field = ArchiveFormat.Field
        var bytes: [UInt8] = []
        bytes.reserveCapacity(48)
        bytes.appendNonZero(Field.offset, frame.offset)
        bytes.appendNonZero(Field.sequence, numbers.sequence)
        bytes.appendNonZero(Field.prefixIndex, numbers.prefixIndex)
        bytes.appendNonZero(Field.streamIndex, numbers.streamIndex)
        if let time = numbers.timeOffset {
            bytes.appendWireField(
                Field.timeOffset, bytes: UnsafeRawBufferPointer(rebasing: entry[time]))
        }
        if withChecksums {
            sum(to: frame.position)
            bytes.appendWireField(Field.checksum, fixed32: checksum)
            checksum = 0
        }
        index.appendWireField(Field.entry, bytes: bytes)
    }

    private mutating func sum(to end: Int) {
        guard withChecksums else { return }
        checksum = crc32(entries[summed..<end], continuing: checksum)
        summed = end
    }
}
