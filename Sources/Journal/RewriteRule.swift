/// What rewriting does with a record.
public enum RecordFate: Sendable {
    case keep
    /// Its number stays given out; the record is not there any more.
    case leaveOut
    /// Its number stays, and what it holds of a run; what it says is said by this record instead,
    /// without anything that would have to be relied on.
    case restate(Record)
}

/// Which records of a segment a rewriting leaves out, and on the strength of what.
public struct RewriteRule: Sendable {
    /// The highest record that says why something may be left out. It must be durable, and in
    /// whatever is read instead of the journal, before rewriting begins.
    public var reliedOn: RecordNumber
    /// What becomes of a record that holds a run of items, or none. The same for the same record,
    /// however often it is asked.
    public var fate: @Sendable (Record, Run?) -> RecordFate

    public init(
        reliedOn: RecordNumber, fate: @escaping @Sendable (Record, Run?) -> RecordFate
    ) {
        self.reliedOn = reliedOn
        self.fate = fate
    }

    /// Leaves nothing out: to merge segments, or to deflate them at a higher level.
    public static let keepAll = RewriteRule(reliedOn: .none) { _, _ in .keep }
}

/// How segments are rewritten.
public struct RewriteOptions: Hashable, Sendable {
    /// zlib's, 1 to 9. 6 takes 2.5 times as long as 1 for a fifth less.
    public var level: Int32 = 1
    /// Inflated bytes at which a block is closed. What is read back inflates a whole one.
    public var blockTarget = 64 << 10
    /// Bytes written between two syncs and two askings for leave to go on.
    public var slice = 1 << 20

    public init() {}
}

/// What a rewriting came to.
public struct RewriteOutcome: Hashable, Sendable {
    /// The segment that took the place of all those that were rewritten.
    public let segment: RecordNumber
    public let generation: UInt32
    /// The segments that are no more, because `segment` holds what was left of them.
    public let merged: [RecordNumber]
    /// Of the files, before and after.
    public let bytesBefore: Int
    public let bytesAfter: Int
    /// Inflated bytes that were read.
    public let inflatedBytes: Int
    /// Records that this rewriting left out, without those that were left out before.
    public let leftOut: UInt64
    /// The subjects that have lost items by now, ascending.
    public let subjects: [UInt64]
    /// Where the runs of what was kept are now, in the order of their blocks.
    public let runs: [RunLocation]
}
