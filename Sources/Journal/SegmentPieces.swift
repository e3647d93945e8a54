import ByteCoding
import Platform

/// A sealed segment read a piece at a time, for as long as all of it is as it was written.
///
/// So bytes are checked and inflated while the processor's cache holds them, and memory holds no
/// more than a piece. At the first thing that is not whole it gives up: what is lost there, only
/// the segment as a whole tells (`SegmentReading`).
struct SegmentPieces {
    enum Step {
        case block(DecodedBlock)
        case end
        /// From `offset` on nothing was told yet.
        case broken(offset: Int)
    }

    /// Some dozen blocks.
    static let usualLength = 1 << 20

    /// A block with those that its last record goes on in; offsets are those of the piece.
    private struct Unit {
        let first: SegmentWalk.Step
        var rest: [SegmentWalk.Step] = []

        var last: SegmentWalk.Step { rest.last ?? first }
    }

    let file: SegmentFile
    let summary: SegmentSummary
    /// The last record that was given out in it.
    let lastRecord: RecordNumber
    private let header: SegmentHeader
    /// Where its blocks end.
    private let contentEnd: Int
    private let pieceLength: Int
    private let inflatesAhead: Bool
    private let inflater = Inflater()

    /// What is in memory, and where that begins in the file.
    private var image: SegmentImage
    private var start = SegmentHeader.length
    /// What of it is whole by the headers; those before `next` were handed out.
    private var units: [Unit] = []
    private var next = 0
    /// What the units hold, if it was looked for ahead.
    private var bodies: [BlocksAhead.Body] = []
    /// The chain value that the next piece begins with, and the last record before it.
    private var chain: UInt32
    private var reached: RecordNumber
    /// Whether all before the next piece belongs to a whole commit.
    private var isAtCommitEnd = true

    /// Nil if the segment is not sealed or its header is not whole, or if a repair named losses.
    init?(
        _ file: SegmentFile, pieceLength: Int, inflatesAhead: Bool
    ) throws(JournalError) {
        guard let header = try file.wholeHeader(),
            let (footer, offset) = try file.wholeFooter(of: header),
            footer.omission.lost.isEmpty
        else { return nil }
        self.file = file
        self.header = header
        self.pieceLength = pieceLength
        self.inflatesAhead = inflatesAhead
        summary = SegmentSummary(header, footer, size: file.size)
        lastRecord = footer.table.lastRecord
        contentEnd = offset
        chain = header.chain
        reached = RecordNumber(rawValue: header.firstRecord.rawValue &- 1)
        image = SegmentImage(header: header, bytes: [], end: 0)
    }

    /// Behind its last block.
    var end: BlockLocation { location(contentEnd) }

    /// The next block whose records are not all before `first`; see `SegmentReading.next`.
    mutating func next(
        from first: RecordNumber, isUnderWay: Bool
    ) throws(JournalError) -> Step {
        while true {
            if next == units.count {
                let position = start + (units.last?.last.end ?? 0)
                guard position < contentEnd else {
                    let isWhole = isAtCommitEnd && reached == lastRecord
                    return isWhole ? .end : .broken(offset: position)
                }
                try read(from: position)
                guard !units.isEmpty else { return .broken(offset: position) }
                bodies = inflatesAhead ? inflated(from: first) : []
            }
            let unit = units[next]
            guard let body = inflatesAhead ? bodies[next] : body(of: unit, from: first, inflater)
            else { return .broken(offset: start + unit.first.offset) }
            next += 1
            if unit.first.header.isBefore(first) { continue }
            return .block(block(unit, body, from: isUnderWay ? first : .none))
        }
    }

    private func location(_ offset: Int) -> BlockLocation {
        BlockLocation(
            segment: summary.segment, generation: summary.generation,
            offset: UInt32(clamping: offset))
    }

    private func block(
        _ unit: Unit, _ body: (records: [Record], inflated: Int), from first: RecordNumber
    ) -> DecodedBlock {
        // A footer says that all before it was durable.
        DecodedBlock(
            location: location(start + unit.first.offset), unit.first.header,
            firstRecord: max(first, unit.first.header.firstRecord), isCovered: true,
            endsCommit: unit.last.header.flags.contains(.commitEnd),
            storedBytes: unit.last.end - unit.first.offset, inflatedBytes: body.inflated,
            records: body.records)
    }
}

// Piece by piece.
extension SegmentPieces {
    /// Takes the next piece into memory; without units if what it begins with is not whole.
    private mutating func read(from position: Int) throws(JournalError) {
        var length = pieceLength
        repeat {
            let count = min(length, contentEnd - position)
            let bytes = try onDisk { () throws(FileError) in
                try file.file.read(count, at: position)
            }
            image = SegmentImage(header: header, bytes: bytes, end: bytes.count)
            start = position
            next = 0
            findUnits()
            // A record may go on through more than a piece.
            length *= 4
        } while units.isEmpty && length / 4 < contentEnd - position
    }

    /// Goes through the headers, up to the first that is not whole or whose bytes are not here.
    private mutating func findUnits() {
        units = []
        var unit: Unit?
        var position = 0
        var expected = chain
        while let (header, checksum) = image.header(at: position), header.chain == expected {
            let end = position + BlockHeader.length + Int(header.storedLength)
            guard end <= image.end, header.flags.contains(.continued) == (unit != nil) else {
                return
            }
            let step = SegmentWalk.Step(offset: position, header: header, end: end)
            if unit == nil { unit = Unit(first: step) } else { unit?.rest.append(step) }
            position = end
            expected = checksum
            guard let whole = unit, !header.flags.contains(.continues) else { continue }
            units.append(whole)
            unit = nil
            chain = expected
            reached = max(reached, whole.first.header.lastRecord)
            isAtCommitEnd = header.flags.contains(.commitEnd)
        }
    }

    private func inflated(from first: RecordNumber) -> [BlocksAhead.Body] {
        BlocksAhead.inflate(units.count) { index, inflater in
            body(of: units[index], from: first, inflater)
        }
    }

    /// What a unit holds, nothing if it comes before `first`; nil if it is not whole.
    private func body(
        of unit: Unit, from first: RecordNumber, _ inflater: Inflater
    ) -> BlocksAhead.Body {
        for step in [unit.first] + unit.rest
        where !image.hasWholeBody(step.header, at: step.offset) { return nil }
        return unit.first.header.isBefore(first) ? ([], 0) : image.records(in: unit.first, inflater)
    }
}
