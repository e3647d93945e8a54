import ByteCoding
import Platform

/// One segment in memory: its blocks in order, with what cannot be read in its place.
///
/// Works beside a writer. A segment without footer or successor is read a second time before
/// anything in it is called lost: what a stamp of the first reading covers was written before that
/// reading ended, so that only damage is still missing in the second.
public struct SegmentReading {
    public let summary: SegmentSummary
    /// The last record that is known to have been given out in this segment.
    public let lastRecord: RecordNumber
    /// The last record that a stamp, a footer or a successor says was durable.
    public let durable: RecordNumber
    /// Whether it has a footer or a successor: nothing will be added to it.
    public let isSealed: Bool
    let footer: SegmentFooter?
    /// Nil if the header of the segment cannot be read.
    let walk: SegmentWalk?
    private let losses: [RecoveryReport.Loss]
    private let inflater = Inflater()
    /// Nil: each block is inflated when it is asked for.
    var ahead: BlocksAhead?
    private var step = 0
    private var lossIndex = 0
    /// What is left to be told of a segment whose header cannot be read.
    private var wholeLoss: RecoveryReport.Loss?
    private var isCutTold = false
    private var mended: MendedLosses
    /// Parts of a block that a loss lies in, the last one first.
    private var parts: [JournalItem] = []

    /// - Parameter successor: the segment after it, if there is one.
    init(
        _ directory: JournalDirectory, _ segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        try self.init(file, in: directory, successor: successor)
    }

    /// The same of a file that is open, which may have another name by now, or none.
    init(
        _ file: SegmentFile, in directory: JournalDirectory, successor: RecordNumber?
    ) throws(JournalError) {
        let segment = file.segment
        let header: SegmentHeader
        do throws(JournalError) {
            header = try file.header()
        } catch {
            guard case .damaged(let damage) = error else { throw error }
            let loss = try file.wholeLoss(damage, successor: successor)
            wholeLoss = loss
            lastRecord = loss.records?.upperBound ?? segment
            durable = lastRecord
            isSealed = true
            footer = nil
            walk = nil
            losses = []
            summary = SegmentSummary(segment: segment, size: file.size)
            mended = MendedLosses(summary.omission, of: segment)
            return
        }
        let footer = try file.wholeFooter(of: header)
        isSealed = footer != nil || successor != nil
        let walk = try Self.walk(file, header, footer, successor: successor)
        self.footer = footer?.footer
        self.walk = walk
        let isBeingSealed = try successor.map { next throws(JournalError) in
            try directory.isUnwritten(next)
        }
        losses = walk.losses(whileSealing: isBeingSealed ?? false)
        lastRecord = max(walk.lastRecord, footer?.footer.table.lastRecord ?? .none)
        durable = max(walk.durableElsewhere, walk.kept.map(\.header.durable).max() ?? .none)
        summary = SegmentSummary(header, footer?.footer, size: file.size)
        mended = MendedLosses(summary.omission, of: segment)
    }

    /// The open segment as recovery has read it just now.
    init(recovered walk: SegmentWalk) {
        self.walk = walk
        losses = walk.losses
        footer = nil
        isSealed = false
        lastRecord = walk.lastRecord
        durable = max(walk.durableElsewhere, walk.kept.map(\.header.durable).max() ?? .none)
        summary = SegmentSummary(walk.image.header, nil, size: walk.image.bytes.count)
        mended = MendedLosses(summary.omission, of: summary.segment)
    }

    /// A segment whose header cannot be read, as far as whole blocks tell: for a mender.
    ///
    /// All blocks of a file carry the salt of its header; the first one, the chain value there.
    init(
        withoutHeader directory: JournalDirectory, _ segment: RecordNumber,
        successor: RecordNumber?, chainBefore: UInt32
    ) throws(JournalError) {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        let trailer = try file.trailer()
        let bytes = try onDisk { () throws(FileError) in try file.file.read(file.size, at: 0) }
        let isOwn = file.isOwn(bytes, trailer, successor)
        let first = isOwn ? SegmentImage.firstBlock(in: bytes) : nil
        var header = SegmentHeader(
            generation: trailer?.generation ?? 0, firstRecord: segment,
            chainBefore: chainBefore, salt: trailer?.salt ?? first?.salt ?? 1,
            created: first?.time ?? .zero)
        header.salt = first?.salt ?? header.salt
        let footer = try file.wholeFooter(of: header)
        // Of another segment's bytes nothing is this one's.
        let end = isOwn ? footer?.offset ?? file.size : SegmentHeader.length
        let image = SegmentImage(header: header, bytes: bytes, end: min(end, bytes.count))
        let elsewhere =
            footer?.footer.table.lastRecord
            ?? successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? .none
        let isSealed = footer != nil || successor != nil
        let walk = SegmentWalk(
            image, sealed: isSealed, durableElsewhere: elsewhere, chain: first?.chain)
        self.footer = footer?.footer
        self.walk = walk
        losses = walk.losses
        self.isSealed = isSealed
        lastRecord = max(walk.lastRecord, elsewhere)
        durable = lastRecord
        summary = SegmentSummary(header, footer?.footer, size: file.size)
        mended = MendedLosses(summary.omission, of: segment)
    }

    private static func walk(
        _ file: SegmentFile, _ header: SegmentHeader,
        _ footer: (footer: SegmentFooter, offset: Int)?, successor: RecordNumber?
    ) throws(JournalError) -> SegmentWalk {
        let image = try file.image(header, end: footer?.offset ?? file.size)
        let elsewhere =
            footer?.footer.table.lastRecord
            ?? successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? .none
        let sealed = footer != nil || successor != nil
        let walk = SegmentWalk(image, sealed: sealed, durableElsewhere: elsewhere)
        guard !sealed, !walk.losses.isEmpty else { return walk }
        let settled = try file.image(header, end: image.endOfContent)
        return SegmentWalk(settled, sealed: false, durableElsewhere: elsewhere)
    }

    /// Goes on at `offset`: all before it is whole, and was handed out.
    mutating func skip(to offset: Int) {
        guard let walk else { return }
        step = walk.kept.firstIndex { $0.offset >= offset } ?? walk.kept.count
    }

    /// The next item whose records are not all before `first`; nil at the end of the segment.
    ///
    /// - Parameter isUnderWay: whether records before `first` have been handed out: a block that
    ///   begins with such ones is cut. A rewriting may have put it together.
    public mutating func next(from first: RecordNumber, isUnderWay: Bool = false) -> JournalItem? {
        if let loss = wholeLoss {
            wholeLoss = nil
            return .lost(loss)
        }
        if let part = parts.popLast() { return part }
        guard let walk else { return nil }
        while step < walk.kept.count {
            let current = walk.kept[step]
            if let loss = nextLoss(before: current.offset) { return .lost(loss) }
            step += 1
            let isContinued = current.header.flags.contains(.continued)
            if isContinued || current.header.isBefore(first) { continue }
            let cut = isUnderWay ? max(first, current.header.firstRecord) : nil
            let item = decode(current, in: walk, from: cut ?? current.header.firstRecord)
            guard case .block(let block) = item, mended.isIn(block) else { return item }
            parts = mended.split(block, from: first).reversed()
            return parts.popLast()
        }
        if let loss = nextLoss(before: .max) { return .lost(loss) }
        guard let (offset, verdict) = walk.cut, verdict != .reportLost, !isCutTold else {
            return nil
        }
        isCutTold = true
        return .uncovered(
            Damage(
                segment: summary.segment, offset: offset, cause: .header,
                record: walk.lastRecord.next))
    }

    private mutating func nextLoss(before offset: Int) -> RecoveryReport.Loss? {
        guard lossIndex < losses.count, losses[lossIndex].damage.offset < offset
        else { return nil }
        defer { lossIndex += 1 }
        return losses[lossIndex]
    }

    private mutating func decode(
        _ step: SegmentWalk.Step, in walk: SegmentWalk, from first: RecordNumber
    ) -> JournalItem {
        let header = step.header
        let location = BlockLocation(
            segment: summary.segment, generation: summary.generation,
            offset: UInt32(step.offset))
        let body =
            ahead != nil
            ? ahead?.body(of: self.step - 1, in: walk) ?? nil
            : walk.image.records(in: step, inflater)
        guard let decoded = body else {
            let damage = Damage(
                segment: location.segment, offset: step.offset, cause: .content,
                record: header.firstRecord)
            return .lost(
                RecoveryReport.Loss(
                    damage: damage, first: header.firstRecord,
                    last: max(header.firstRecord, header.lastRecord)))
        }
        let end = storedEnd(of: step, in: walk)
        return .block(
            DecodedBlock(
                location: location, header, firstRecord: first,
                isCovered: header.lastRecord <= durable, endsCommit: end.endsCommit,
                storedBytes: end.offset - step.offset, inflatedBytes: decoded.inflated,
                records: decoded.records))
    }

    /// Behind the last block that the body of `step` goes on in, and whether a commit ends there.
    private func storedEnd(
        of step: SegmentWalk.Step, in walk: SegmentWalk
    ) -> (offset: Int, endsCommit: Bool) {
        var last = step
        for later in walk.kept[self.step...] {
            guard later.header.flags.contains(.continued) else { break }
            last = later
        }
        return (last.end, last.header.flags.contains(.commitEnd))
    }
}

extension SegmentReading {
    /// Behind its last whole block; nil if its header cannot be read.
    public var end: BlockLocation? {
        walk.map { walk in
            BlockLocation(
                segment: summary.segment, generation: summary.generation,
                offset: UInt32(clamping: walk.end))
        }
    }
}

extension JournalReader {
    /// Whether something has been written behind `end`, where a reader stopped. Costs the read of
    /// 64 bytes, so that followers may ask often.
    public func hasGrown(since end: BlockLocation) throws(JournalError) -> Bool {
        let file = try directory.open(end.segment)
        defer { file.close() }
        let bytes = try onDisk { () throws(FileError) in
            try file.read(BlockHeader.length, at: Int(end.offset))
        }
        // Cut off or not zero: sealed, or gone on.
        return bytes.count < BlockHeader.length || bytes.contains { $0 != 0 }
    }

    /// Takes a segment into memory: at most 64 MiB and what its largest block inflates to.
    ///
    /// - Parameter successor: the segment after it, if there is one.
    public func read(
        _ segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) -> SegmentReading {
        try SegmentReading(directory, segment, successor: successor)
    }
}
