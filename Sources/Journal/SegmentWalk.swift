import ByteCoding
import Platform

/// Goes through the blocks of a segment by the decision table and says what to do.
struct SegmentWalk {
    /// One whole block.
    struct Step {
        let offset: Int
        let header: BlockHeader
        let end: Int
    }

    let image: SegmentImage
    let sealed: Bool
    /// A record that some later segment's existence proves to have been durable.
    let durableElsewhere: RecordNumber

    private(set) var kept: [Step] = []
    private(set) var losses: [RecoveryReport.Loss] = []
    /// Where the segment is to be cut, and why; nil if it ends cleanly.
    private(set) var cut: (offset: Int, verdict: Verdict)?
    /// Behind the last block that is kept.
    private(set) var end = SegmentHeader.length
    private(set) var chain: UInt32
    /// The last record of the last block that is kept.
    private(set) var lastRecord: RecordNumber

    /// - Parameter start: the chain value that the first block carries, where the header that
    ///   would say so cannot be read.
    init(
        _ image: SegmentImage, sealed: Bool, durableElsewhere: RecordNumber = .none,
        chain start: UInt32? = nil
    ) {
        self.image = image
        self.sealed = sealed
        self.durableElsewhere = durableElsewhere
        chain = start ?? image.header.chain
        lastRecord = RecordNumber(rawValue: image.header.firstRecord.rawValue &- 1)
        walk()
    }

    /// What is lost; of a segment that was being sealed, a footer that is not whole is none.
    func losses(whileSealing isBeingSealed: Bool) -> [RecoveryReport.Loss] {
        isBeingSealed
            ? losses.filter { $0.records != nil || $0.damage.cause != .footer } : losses
    }

    /// Where the blocks begin that no stamp behind them says to be durable; `end` if there are none.
    var firstUncovered: Int {
        let durable = kept.reduce(durableElsewhere) { max($0, $1.header.durable) }
        let covered = kept.lastIndex {
            $0.header.recordCount > 0 && $0.header.lastRecord <= durable
        }
        let rest = covered.map { kept[($0 + 1)...] } ?? kept[...]
        return rest.first { !$0.header.flags.contains(.continued) }?.offset ?? end
    }

    private mutating func walk() {
        var commit: [Step] = []
        var position = end
        var expected = chain
        while true {
            switch image.check(at: position, chain: expected) {
            case .whole(let header, let next, let length):
                commit.append(Step(offset: position, header: header, end: position + length))
                position += length
                expected = next
                if header.flags.contains(.commitEnd)
                    || DeliberateFault.serveUnfinishedCommits.isOn
                {
                    keep(&commit, chain: expected)
                }
            case .zeros:
                // Behind what a writer writes there is room for a mark: a file that ends before
                // that was cut short, and what is gone may have been acknowledged.
                let isCutShort = position + BlockHeader.length > image.end
                let finding: Finding =
                    commit.isEmpty ? .zeros : isCutShort ? .damaged : .commitIncomplete
                _ = settle(finding, .header, at: position, &commit, &expected)
                return
            case .damaged(let cause):
                guard
                    let next = settle(.damaged, cause, at: position, &commit, &expected)
                else { return }
                position = next
            }
        }
    }

    private mutating func keep(_ commit: inout [Step], chain: UInt32) {
        kept += commit
        for step in commit {
            end = step.end
            // Not the last block's alone: where a long record goes on, none begins.
            lastRecord = max(lastRecord, step.header.lastRecord)
        }
        self.chain = chain
        commit = []
    }

    /// Decides about a place that is not a whole block; returns where to read on, if anywhere.
    private mutating func settle(
        _ finding: Finding, _ cause: Damage.Cause, at position: Int, _ commit: inout [Step],
        _ expected: inout UInt32
    ) -> Int? {
        let later = finding == .damaged ? image.nextWhole(after: position) : nil
        let firstMissing = lastRecord.next
        let covered = isCovered(firstMissing, from: later?.offset)
        // An incomplete commit before damage is part of what is missing.
        let whole: Finding = finding == .damaged || commit.isEmpty ? finding : .commitIncomplete
        let verdict = whole.verdict(
            sealed: sealed, covered: covered && !DeliberateFault.cutWhatWasLost.isOn)
        switch verdict {
        case .keep, .cleanEnd: return nil
        case .cutTorn, .cutUndecidable:
            cut = (end, verdict)
            return nil
        case .reportLost:
            return skip(cause, at: position, to: later, &commit, &expected)
        }
    }

    private mutating func skip(
        _ cause: Damage.Cause, at position: Int,
        to later: (offset: Int, header: BlockHeader)?, _ commit: inout [Step],
        _ expected: inout UInt32
    ) -> Int? {
        // Whole blocks of a commit that lost another are still served.
        keep(&commit, chain: expected)
        let first = lastRecord.next
        // Without anything behind it, only what is known to have been durable can be missing.
        let last = later.map { $0.header.lastBefore } ?? durableElsewhere
        let isFooter = later == nil && last < first && image.end == image.bytes.count
        let damage = Damage(
            segment: image.header.firstRecord, offset: position,
            cause: isFooter ? .footer : cause, record: isFooter ? nil : first)
        losses.append(RecoveryReport.Loss(damage: damage, first: first, last: last))
        lastRecord = max(lastRecord, last)
        guard let later else {
            cut = (position, .reportLost)
            return nil
        }
        expected = later.header.chain
        end = later.offset
        return later.offset
    }

    /// Whether anything from `offset` on says that `record` was durable.
    private func isCovered(_ record: RecordNumber, from offset: Int?) -> Bool {
        if durableElsewhere >= record { return true }
        var next = offset.flatMap { offset in
            image.nextWhole(after: offset - 1)
        }
        while let (position, header) = next {
            if header.durable >= record { return true }
            next = image.nextWhole(
                after: position + BlockHeader.length + Int(header.storedLength) - 1)
        }
        return false
    }
}
