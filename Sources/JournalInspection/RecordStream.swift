import Journal

/// The records of a journal one by one, as far as they are durable.
struct RecordStream {
    /// A record and the block that it came from.
    struct Element {
        let record: Record
        let block: DecodedBlock
    }

    private var cursor: BlockCursor
    private let isLive: Bool
    private var block: DecodedBlock?
    private var position = 0
    /// Records that are lost before the one that came last.
    private(set) var lostRecords: UInt64 = 0

    init(_ journal: InspectedJournal) throws(JournalError) {
        cursor = journal.reader.blocks(from: .first)
        isLive = try journal.isLive()
    }

    mutating func next() throws(JournalError) -> Element? {
        while true {
            if let block, position < block.records.count {
                position += 1
                return Element(record: block.records[position - 1], block: block)
            }
            guard let item = try cursor.next() else { return nil }
            switch item {
            case .block(let next):
                if isLive, !next.isCovered { return nil }
                block = next
                position = 0
            case .lost(let loss):
                lostRecords +=
                    loss.records.map {
                        $0.upperBound.rawValue - $0.lowerBound.rawValue + 1
                    } ?? 0
            case .uncovered: return nil
            }
        }
    }
}
