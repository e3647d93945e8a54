/// What a record holds of a subject: `count` items, numbered from `first` on without gaps.
///
/// The journal does not know what subjects and items are; it keeps where they lie.
public struct Run: Hashable, Sendable {
    public var subject: UInt64
    public var first: UInt64
    public var count: UInt64

    public init(subject: UInt64, first: UInt64, count: UInt64) {
        self.subject = subject
        self.first = first
        self.count = count
    }

    /// One past the last item; saturating.
    public var end: UInt64 {
        let (sum, overflow) = first.addingReportingOverflow(count)
        return overflow ? .max : sum
    }
}

/// Where a block begins.
public struct BlockLocation: Hashable, Sendable {
    /// The first record number of the segment, which names its file.
    public var segment: RecordNumber
    /// How often the segment has been rewritten.
    public var generation: UInt32
    /// Of the block's header, in bytes from the start of the file.
    public var offset: UInt32

    public init(segment: RecordNumber, generation: UInt32, offset: UInt32) {
        self.segment = segment
        self.generation = generation
        self.offset = offset
    }
}

/// A run and the block that its first record begins in.
public struct RunLocation: Hashable, Sendable {
    public var run: Run
    public var block: BlockLocation

    public init(run: Run, block: BlockLocation) {
        self.run = run
        self.block = block
    }
}

/// The client's word on what a record holds; nil for records without items.
public typealias RunOf = @Sendable (Record) -> Run?

/// Collects the runs of one block, joining those that follow each other without a gap.
struct RunCollector {
    private(set) var runs: [Run] = []
    private var latest: [UInt64: Int] = [:]

    mutating func add(_ run: Run) {
        if let index = latest[run.subject], runs[index].end == run.first {
            runs[index].count += run.count
            return
        }
        latest[run.subject] = runs.count
        runs.append(run)
    }

    /// Hands over what it has and begins anew.
    mutating func take() -> [Run] {
        // The table of subjects keeps its size: the next block is much like this one.
        latest.removeAll(keepingCapacity: true)
        defer { runs = [] }
        return runs
    }
}
