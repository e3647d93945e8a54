import ByteCoding

/// What a reader needs of an index: where entries are, and what their bytes sum up to.
package struct ArchiveIndex: Hashable, Sendable {
    /// A place in the entries file.
    struct Mark: Hashable, Sendable {
        /// Of the frame header of the entry.
        let offset: UInt64
        let streamIndex: UInt64
        /// Of the bytes between the mark before, or the beginning, and this one; nil: not known.
        let checksum: UInt32?
    }

    /// Ascending by stream index.
    private(set) var marks: [Mark] = []
    /// Zero if it is not known, as without entries.
    private(set) var lastStreamIndex: UInt64 = 0
    package private(set) var entryCount: UInt64 = 0
    /// Of the bytes behind the last mark; nil: not known.
    private(set) var tailChecksum: UInt32?
    /// The size of the entries file; nil: not known.
    private(set) var entriesSize: UInt64?
    /// Every so many named entries one is a mark.
    private var stride = 1
    private var skipped = 0

    /// An index that is not there: reading begins at the beginning.
    package init() {}

    /// 6 MiB: an index with more is thinned while it is read.
    private static let markLimit = 1 << 18

    /// Bytes of memory, roughly.
    package var cost: Int { marks.count * MemoryLayout<Mark>.stride + 64 }

    /// The mark at or before an entry; nil if there is none.
    func position(of streamIndex: UInt64) -> Int? {
        var low = 0
        var high = marks.count
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].streamIndex <= streamIndex { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

// Decoding.
extension ArchiveIndex {
    /// What a field of a serialized index says.
    mutating func take(_ field: WireField) throws(ByteError) {
        typealias Field = ArchiveFormat.Field
        switch (field.number, field.value) {
        case (Field.entry, .bytes(let bytes)): try add(Self.mark(bytes))
        case (Field.lastStreamIndex, .varint(let value)): lastStreamIndex = value
        case (Field.entryCount, .varint(let value)): entryCount = value
        case (Field.checksum, .fixed32(let value)): tailChecksum = value
        case (Field.entriesSize, .varint(let value)): entriesSize = value
        default: break
        }
    }

    /// No file is longer, so that sums of offsets and lengths stay in range.
    private static let offsetLimit: UInt64 = 1 << 62

    /// What is wrong with the whole of it; nil if nothing is.
    var contradiction: String? {
        if let far = marks.first(where: { $0.offset > Self.offsetLimit }) {
            return "entry \(far.streamIndex) at \(far.offset) is behind the end of any file"
        }
        for (before, after) in zip(marks, marks.dropFirst())
        where after.offset <= before.offset || after.streamIndex < before.streamIndex {
            return "entry \(after.streamIndex) at \(after.offset) is named behind entry "
                + "\(before.streamIndex) at \(before.offset)"
        }
        if let entriesSize, let last = marks.last, last.offset >= entriesSize {
            return "entry \(last.streamIndex) is behind the end of the entries"
        }
        return nil
    }

    private static func mark(_ entry: ArraySlice<UInt8>) throws(ByteError) -> Mark {
        typealias Field = ArchiveFormat.Field
        var scanner = WireScanner(entry)
        var offset: UInt64 = 0
        var streamIndex: UInt64 = 0
        var checksum: UInt32?
        while let field = try scanner.next() {
            switch (field.number, field.value) {
            case (Field.offset, .varint(let value)): offset = value
            case (Field.streamIndex, .varint(let value)): streamIndex = value
            case (Field.checksum, .fixed32(let value)): checksum = value
            default: break
            }
        }
        return Mark(offset: offset, streamIndex: streamIndex, checksum: checksum)
    }

    private mutating func add(_ mark: Mark) {
        skipped += 1
        guard skipped >= stride || marks.isEmpty else { return }
        // A checksum covers what lies since the entry named before, which is no mark any more.
        marks.append(
            stride == 1 || marks.isEmpty
                ? mark : Mark(offset: mark.offset, streamIndex: mark.streamIndex, checksum: nil))
        skipped = 0
        guard marks.count > Self.markLimit else { return }
        stride *= 2
        tailChecksum = nil
        marks = Swift.stride(from: 0, to: marks.count, by: 2).map { position in
            let mark = marks[position]
            return Mark(
                offset: mark.offset, streamIndex: mark.streamIndex,
                checksum: position == 0 ? mark.checksum : nil)
        }
    }

    /// After everything was taken: a tail that begins before the last named entry has no checksum.
    mutating func settle() {
        if skipped > 0 { tailChecksum = nil }
    }
}
