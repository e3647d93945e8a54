/// Losses that a repair named in a footer, told between the records around them.
struct MendedLosses {
    private let segment: RecordNumber
    private var rest: ArraySlice<ClosedRange<UInt64>>

    init(_ omission: Omission, of segment: RecordNumber) {
        self.segment = segment
        rest = omission.lost[...]
    }

    /// Whether a loss that has not been told lies in the block.
    func isIn(_ block: DecodedBlock) -> Bool {
        rest.first.map { $0.lowerBound <= block.lastRecord.rawValue } ?? false
    }

    /// The parts of a block before, between and behind the losses in it.
    mutating func split(_ block: DecodedBlock, from first: RecordNumber) -> [JournalItem] {
        var items: [JournalItem] = []
        var next = block.firstRecord
        while let range = rest.first, range.lowerBound <= block.lastRecord.rawValue {
            rest = rest.dropFirst()
            guard range.upperBound >= first.rawValue else { continue }
            let lower = RecordNumber(rawValue: range.lowerBound)
            if next < lower {
                let last = RecordNumber(rawValue: range.lowerBound - 1)
                items.append(.block(DecodedBlock(block, from: next, to: last)))
            }
            items.append(.lost(loss(range)))
            next = max(next, RecordNumber(rawValue: range.upperBound).next)
        }
        guard !items.isEmpty else { return [.block(block)] }
        if next <= block.lastRecord {
            items.append(.block(DecodedBlock(block, from: next, to: block.lastRecord)))
        }
        return items
    }

    private func loss(_ range: ClosedRange<UInt64>) -> RecoveryReport.Loss {
        let first = RecordNumber(rawValue: range.lowerBound)
        return RecoveryReport.Loss(
            damage: Damage(segment: segment, offset: 0, cause: .mended, record: first),
            first: first, last: RecordNumber(rawValue: range.upperBound))
    }
}
