import Platform

/// A block as it was read, inflated and taken apart.
public struct DecodedBlock: Sendable {
    public let location: BlockLocation
    public let firstRecord: RecordNumber
    /// All numbers up to here that have no record were left out by a rewriting.
    public let lastRecord: RecordNumber
    /// When its commit was decided.
    public let time: Timestamp
    /// The last record that was durable when the block was written.
    public let durable: RecordNumber
    /// Whether a later stamp, a footer or a later segment says that its records are durable. One
    /// that is not may be a commit on its way; after a crash recovery keeps it if it is whole.
    public let isCovered: Bool
    public let endsCommit: Bool
    public let isMark: Bool
    /// Whether a process wrote it as its first, after it took the journal over.
    public let isOpening: Bool
    public let isDeflated: Bool
    /// Headers included, and with the blocks that its last record goes on in.
    public let storedBytes: Int
    public let inflatedBytes: Int
    /// Those that begin here; a long one is joined with its rest from the next blocks.
    public let records: [Record]

    /// - Parameter firstRecord: where it begins for who reads it; records before that are left out.
    init(
        location: BlockLocation, _ header: BlockHeader, firstRecord: RecordNumber,
        isCovered: Bool, endsCommit: Bool, storedBytes: Int, inflatedBytes: Int, records: [Record]
    ) {
        self.location = location
        self.firstRecord = firstRecord
        lastRecord = header.lastRecord
        time = header.time
        durable = header.durable
        self.isCovered = isCovered
        self.endsCommit = endsCommit
        isMark = header.flags.contains(.mark)
        isOpening = header.flags.contains(.opened)
        isDeflated = header.flags.contains(.deflated)
        self.storedBytes = storedBytes
        self.inflatedBytes = inflatedBytes
        self.records =
            firstRecord > header.firstRecord
            ? records.filter { $0.number >= firstRecord } : records
    }

    /// The part of a block from `first` to `last`; the end of its commit and its bytes belong to
    /// the last part.
    init(_ whole: DecodedBlock, from first: RecordNumber, to last: RecordNumber) {
        let isEnd = last == whole.lastRecord
        location = whole.location
        firstRecord = first
        lastRecord = last
        time = whole.time
        durable = whole.durable
        isCovered = whole.isCovered
        endsCommit = whole.endsCommit && isEnd
        isMark = whole.isMark
        isOpening = whole.isOpening
        isDeflated = whole.isDeflated
        storedBytes = isEnd ? whole.storedBytes : 0
        inflatedBytes = isEnd ? whole.inflatedBytes : 0
        records = whole.records.filter { $0.number >= first && $0.number <= last }
    }
}
