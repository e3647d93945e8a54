/// The sizes that a journal is written with. Readers need none of them.
public struct JournalOptions: Hashable, Sendable {
    /// Bytes of a segment file, its footer aside. 64 MiB fits every store that may hold segments.
    public var segmentSize = 64 << 20
    /// Inflated bytes at which a block is closed: below 16 KiB deflate loses a third.
    public var blockTarget = 64 << 10
    /// Most inflated bytes of a block; a longer record goes on in the next.
    public var blockLimit = 1 << 20
    /// Most framed bytes of a commit.
    public var commitLimit = 16 << 20
    /// Bytes of the open segment between two index records: what a restart may have to inflate.
    public var indexInterval = 4 << 20
    /// Bytes zero-filled in one step, so that a step does not hold up a commit's sync for long.
    public var fillSlice = 1 << 20
    /// zlib's, 1 to 9.
    public var level: Int32 = 1

    public init() {}

    /// Bytes of an open segment's file: behind its blocks there is room for a footer of the usual
    /// length, so that sealing needs no space that a full disk does not have. A sealed file is cut
    /// behind its footer.
    var fileSize: Int { segmentSize + max(segmentSize / 32, 1 << 10) }

    /// The file space that the largest commit may take, footer and closing mark aside.
    var largestCommitSpace: Int {
        let blocks = commitLimit / min(blockTarget, blockLimit) + 16
        return commitLimit + blocks * BlockHeader.length
    }

    /// The longest index record: a commit keeps an eighth of its size free for it.
    var indexPayloadLimit: Int { commitLimit / 16 }

    /// Limits are checked against each other once, where a journal is opened.
    func checkInvariants() {
        precondition(blockTarget <= blockLimit, "a block's target is within its limit")
        precondition(blockLimit <= commitLimit, "a commit holds at least one block")
        precondition(
            largestCommitSpace + SegmentHeader.length + BlockHeader.length <= segmentSize,
            "a segment holds the largest commit")
        precondition(fileSize < Int(UInt32.max) / 2, "offsets in a segment fit 32 bits")
        precondition(fillSlice > 0 && indexInterval > 0, "steps are not empty")
        precondition((1...9).contains(level), "zlib knows levels 1 to 9")
    }
}

/// When a commit counts as durable.
public enum SyncPolicy: Hashable, Sendable {
    /// Once it is synced: a reply is a promise.
    case always
    /// At once; a sync follows within the interval. Replies promise nothing.
    case interval(Duration)
    /// At once; the system writes when it likes. Replies promise nothing.
    case never
}
