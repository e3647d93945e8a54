import Platform

/// A commit that is ready to be handed to a sink; its blocks may still be deflated meanwhile. All
/// of it becomes durable, or none.
public struct SealedCommit: Sendable {
    public let first: RecordNumber
    public let last: RecordNumber
    public let time: Timestamp
    let blocks: [Block]

    struct Block: Sendable {
        let body: BlockDeflation
        /// Without what depends on the stored form or on the block's place.
        let flags: BlockFlags
        let firstRecord: RecordNumber
        let recordCount: UInt32
        let runs: [Run]
        let countsByKind: [UInt8: UInt64]
    }
}

/// What became of a commit.
public enum AppendOutcome: Sendable {
    /// It is on disk, as far as the sync policy promises; the runs say where its items are.
    case durable([RunLocation])
    /// Another writer has taken the journal over: nothing was written.
    case takenOver
    /// Whether it is on disk is not known; nothing more may be written before that is resolved.
    case unknown(JournalError)
}

/// Whether the largest commit fits the space that is prepared.
public enum SinkRoom: Hashable, Sendable {
    case ready
    case filling
    /// The disk has no space; whoever fills tries again.
    case full(FileError)
    /// Zeros could not be written or synced for another reason. Nothing is tried again: what is on
    /// disk is unknown until the journal is reopened.
    case failed(FileError)
}

/// Where commits go. The local form is `SegmentSink`; a replicated one may take its place.
///
/// `append`, `mark` and `close` are called one at a time; `fillAhead` and `room` from any thread.
public protocol BlockSink: Sendable {
    /// Makes `commit`, which follows record `after`, durable and then calls `completion`; calls
    /// complete in order. The local form completes before it returns.
    ///
    /// - Parameter epoch: of the writer; a sink that has seen a later one answers `takenOver`.
    func append(
        _ commit: SealedCommit, after: RecordNumber, epoch: UInt64,
        completion: (AppendOutcome) -> Void)
    /// Says on disk, unsynced, that all before is durable. For idle moments and the end.
    func mark() throws(JournalError)
    var room: SinkRoom { get }
    /// Whether `fillAhead` has anything to do.
    var wantsFilling: Bool { get }
    /// Prepares one more slice of space; true if more is wanted.
    func fillAhead() throws(JournalError) -> Bool
    /// The payload of an index record, if one is due.
    func indexRecord() -> [UInt8]?
    /// Marks, syncs and lets go of the directory. Harmless when repeated.
    func close() throws(JournalError)
}

/// Where segments are read from.
public protocol BlockSource: Sendable {
    /// The first record numbers of the segments, ascending.
    func segments() throws(JournalError) -> [RecordNumber]
    /// Opens a segment for reading.
    ///
    /// - Throws: `gone` if it is not there.
    func open(_ segment: RecordNumber) throws(JournalError) -> any File
}
