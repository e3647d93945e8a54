import ByteCoding
import Platform

/// A segment as a mender sees it: what is whole, also behind a header that cannot be read.
struct MendableSegment {
    /// Its header, or one that stands for it.
    let header: SegmentHeader
    /// Nil if nothing is wrong.
    let need: SegmentMending.Need?
    let lastRecord: RecordNumber
    /// The chain value at its end, as first written, or as its successor has it.
    let chainEnd: UInt32
    private(set) var firstTime = Timestamp.zero
    private(set) var lastTime = Timestamp.zero
    private var reading: SegmentReading

    init(
        _ directory: JournalDirectory, _ place: SegmentMender.Place
    ) throws(JournalError) {
        let sealed = place.successorNumber != nil
        let found = try SegmentReading(
            directory, place.segment, successor: place.successorNumber)
        if found.walk != nil {
            reading = found
            need = Self.need(found, sealed: sealed)
        } else {
            reading = try SegmentReading(
                withoutHeader: directory, place.segment, successor: place.successorNumber,
                chainBefore: place.chainBefore)
            need = .header
        }
        guard let walk = reading.walk else {
            preconditionFailure("a segment without a header is given one")
        }
        header = walk.image.header
        let last = place.successorNumber.map { RecordNumber(rawValue: $0.rawValue - 1) }
        // A merged segment reaches behind a successor that recovery has not removed yet.
        lastRecord = max(reading.lastRecord, need == .header ? last ?? .none : .none)
        chainEnd = reading.footer?.chainEnd ?? place.successor?.chainBefore ?? walk.chain
    }

    /// What is to be cut off its end, if it has no successor.
    func cut(keptAs name: String) -> [RecoveryReport.Cut] {
        guard let walk = reading.walk, let (start, verdict) = walk.cut, verdict != .reportLost,
            case let end = walk.image.endOfContent, end > start
        else { return [] }
        return [
            RecoveryReport.Cut(
                segment: header.firstRecord, offset: start, length: end - start, keptAs: name,
                isUndecidable: verdict == .cutUndecidable)
        ]
    }

    /// What earlier rewritings left out of it.
    var omission: Omission { reading.summary.omission }

    private static func need(
        _ reading: SegmentReading, sealed: Bool
    ) -> SegmentMending.Need? {
        var probe = reading
        while let item = probe.next(from: .none) {
            guard case .lost(let loss) = item else { continue }
            switch loss.damage.cause {
            case .mended, .footer: continue
            case .header, .body, .chain, .content, .segmentHeader, .missing: return .blocks
            }
        }
        return sealed && reading.footer == nil ? .footer : nil
    }

    /// Hands over blocks and losses in order; what is missing at the end is among them.
    mutating func visit(
        _ body: (JournalItem) throws(JournalError) -> Void
    ) throws(JournalError) {
        var next = header.firstRecord
        while let item = reading.next(from: .none) {
            switch item {
            case .block(let block):
                guard !block.isMark else { continue }
                if next < block.firstRecord { try body(Self.lost(next, before: block.firstRecord)) }
                if firstTime == .zero { firstTime = block.time }
                lastTime = block.time
                next = max(next, block.lastRecord.next)
                try body(item)
            case .lost(let loss):
                guard let records = loss.records, records.upperBound >= next else { continue }
                next = records.upperBound.next
                try body(item)
            case .uncovered: continue
            }
        }
        if next <= lastRecord { try body(Self.lost(next, before: lastRecord.next)) }
    }

    private static func lost(_ first: RecordNumber, before next: RecordNumber) -> JournalItem {
        let damage = Damage(segment: first, offset: 0, cause: .missing, record: first)
        return .lost(
            RecoveryReport.Loss(
                damage: damage, first: first, last: RecordNumber(rawValue: next.rawValue - 1)))
    }
}
