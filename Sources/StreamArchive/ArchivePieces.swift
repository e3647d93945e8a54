import ByteCoding

/// The bytes of a read, piece after piece, checked where the index has checksums.
///
/// A piece ends at a mark where it can, so that it can be checked and holds whole frames. Where
/// marks are too far apart it ends anywhere; what is left of it goes in front of the next.
struct ArchivePieces {
    /// The first piece is what a page of some hundred lines needs.
    private static let firstTarget: UInt64 = 256 << 10
    private static let target: UInt64 = 1 << 20
    /// The farthest that the next mark may be for a piece to reach for it.
    private static let reach: UInt64 = 32 << 20

    private let object: StoredObject
    private let index: ArchiveIndex
    private let end: UInt64?
    /// The mark where the next piece ends at the earliest.
    private var nextMark: Int
    /// Where the next piece begins.
    private var offset: UInt64
    private var target = Self.firstTarget
    private var kept: ArraySlice<UInt8> = []
    private var isAtEnd = false
    /// Whether `offset` is that of the mark before `nextMark`, or the beginning.
    private var isAligned = true

    init(_ object: StoredObject, _ index: ArchiveIndex, _ plan: ReadPlan) {
        self.object = object
        self.index = index
        end = plan.end
        offset = plan.start
        nextMark = plan.mark.map { $0 + 1 } ?? 0
    }

    /// Nil at the end.
    mutating func next() throws(ArchiveError) -> ArraySlice<UInt8>? {
        if let end, offset >= end { isAtEnd = true }
        guard !isAtEnd else {
            // The original takes an end in the middle of a frame for the end of the archive. Where
            // it is known how long the file is, it is damage.
            guard kept.isEmpty || index.entriesSize == nil else {
                throw damaged(before: 0, "the last frame is cut short")
            }
            return nil
        }
        let range = offset..<pieceEnd()
        let bytes = try object.read(range)
        try check(bytes, of: range)
        offset += UInt64(bytes.count)
        target = Self.target
        defer { kept = [] }
        return kept.isEmpty ? bytes[...] : (kept + bytes)[...]
    }

    /// Bytes at the end of a piece that are no whole frame.
    mutating func keep(_ bytes: ArraySlice<UInt8>) { kept = bytes }

    /// - Parameter rest: how many bytes of the piece lie behind the place.
    func damaged(before rest: Int, _ reason: String) -> ArchiveError {
        .damaged(object: object.url, offset: offset - UInt64(rest), reason: reason)
    }

    /// Where mark number `position` is; behind the last one comes the end of the file, if known.
    private func boundary(_ position: Int) -> UInt64? {
        position < index.marks.count ? index.marks[position].offset : index.entriesSize
    }

    private func pieceEnd() -> UInt64 {
        var end = offset + target
        if let nearest = boundary(nextMark) {
            if !isAligned {
                end = min(end, nearest)
            } else if nearest - offset <= Self.reach {
                end = nearest
                var position = nextMark
                while position < index.marks.count, let further = boundary(position + 1),
                    further - offset <= target
                {
                    end = further
                    position += 1
                }
            }
        }
        return self.end.map { min($0, end) } ?? end
    }

    /// Checks what can be checked, and moves on to the mark where the piece ends.
    private mutating func check(
        _ bytes: [UInt8], of range: Range<UInt64>
    ) throws(ArchiveError) {
        let reached = range.lowerBound + UInt64(bytes.count)
        if reached < range.upperBound {
            isAtEnd = true
            if let size = index.entriesSize, reached < size {
                throw .damaged(
                    object: object.url, offset: reached, reason: "it ends before its \(size) bytes")
            }
        }
        if let size = index.entriesSize, reached >= size { isAtEnd = true }
        var start = range.lowerBound
        while nextMark <= index.marks.count, let place = boundary(nextMark), place <= reached {
            let isTail = nextMark == index.marks.count
            let expected = isTail ? index.tailChecksum : index.marks[nextMark].checksum
            let part = bytes[Int(start - range.lowerBound)..<Int(place - range.lowerBound)]
            if isAligned, let expected, crc32(part) != expected {
                throw .damaged(
                    object: object.url, offset: start, reason: "its bytes have another checksum")
            }
            start = place
            isAligned = true
            nextMark += 1
        }
        isAligned = start == reached
    }
}
