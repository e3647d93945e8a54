import Journal

/// Consecutive entries of one stream in one block of the open segment; 16 bytes.
struct EntryRun: Hashable, Sendable {
    let first: UInt64
    let count: UInt32
    /// The block's offset in the segment that `StreamEntries` names.
    let offset: UInt32

    /// The index behind the last one; saturating.
    var end: UInt64 { first.addingSaturated(UInt64(count)) }
}

/// Consecutive entries of one stream, and the block that holds them.
struct LocatedRun: Hashable, Sendable {
    let first: UInt64
    let count: UInt64
    let block: BlockLocation

    /// The index behind the last one; saturating.
    var end: UInt64 { first.addingSaturated(count) }
}

/// What memory keeps of a live stream's entries in a sealed segment; the rest is in its footer.
struct SegmentSpan: Hashable, Sendable {
    let segment: RecordNumber
    let lowest: UInt64
    let highest: UInt64
}
