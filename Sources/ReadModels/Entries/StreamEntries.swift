import Collections
import Journal

/// Where the entries of one stream are, and who waits for more.
struct StreamEntries: Sendable {
    /// Sealed segments that hold entries, ascending by lowest index.
    private(set) var sealed: [SegmentSpan] = []
    /// The runs in the open segment, ascending by index.
    private(set) var open: [EntryRun] = []
    /// Chunks that are still in memory, ascending by index; a subset of what is located above.
    private(set) var recent: Deque<EntryChunk> = []
    /// Counts the commits that changed anything a follower of this stream can see.
    var version: UInt64 = 0
    var waiters: [TailWaiter] = []

    /// Whether no entry is known.
    var isEmpty: Bool { sealed.isEmpty && open.isEmpty }

    /// Takes in a run of the open segment; true if it is the first one there.
    mutating func add(_ location: RunLocation) -> Bool {
        let isFirst = open.isEmpty
        var first = location.run.first
        var rest = location.run.count
        while rest > 0 {
            let count = UInt32(clamping: rest)
            add(EntryRun(first: first, count: count, offset: location.block.offset))
            first = first.addingSaturated(UInt64(count))
            rest -= UInt64(count)
        }
        return isFirst
    }

    /// Says that something changed, and returns who waited for that.
    mutating func touch() -> [TailWaiter] {
        version += 1
        guard !waiters.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters
    }

    mutating func add(_ run: EntryRun) {
        if let last = open.last, last.first >= run.first {
            open.insert(run, at: open.partitioningIndex { $0.first > run.first })
        } else {
            open.append(run)
        }
    }

    mutating func add(_ span: SegmentSpan) {
        sealed.insert(span, at: sealed.partitioningIndex { $0.lowest > span.lowest })
    }

    /// Replaces the runs of the open segment by what is kept of a sealed one.
    mutating func seal(_ segment: RecordNumber) {
        guard let first = open.first else { return }
        let end = open.reduce(first.end) { max($0, $1.end) }
        add(SegmentSpan(segment: segment, lowest: first.first, highest: end - 1))
        open = []
    }

    /// Puts what a rewritten segment holds in the place of what `old` ones held.
    mutating func replace(_ old: Set<RecordNumber>, by span: SegmentSpan?) {
        sealed.removeAll { old.contains($0.segment) }
        if let span { add(span) }
    }

    mutating func remember(_ chunk: EntryChunk) {
        if let last = recent.last, last.first >= chunk.first {
            recent.insert(chunk, at: recent.partitioningIndex { $0.first > chunk.first })
        } else {
            recent.append(chunk)
        }
    }

    mutating func forget(chunkFrom first: UInt64) {
        // The oldest goes first, and that is the first one unless entries came out of order.
        if recent.first?.first == first {
            recent.removeFirst()
            return
        }
        let position = recent.partitioningIndex { $0.first >= first }
        guard position < recent.endIndex, recent[position].first == first else { return }
        recent.remove(at: position)
    }

    /// What a read from `index` needs to go on with, at most `limit` of each.
    func plan(from index: UInt64, limit: Int) -> EntryPlan {
        let firstRun = open.partitioningIndex { $0.end > index }
        let firstChunk = recent.partitioningIndex { $0.end > index }
        return EntryPlan(
            sealed: sealed.filter { $0.highest >= index },
            open: Array(open[firstRun...].prefix(limit)),
            recent: Array(recent[firstChunk...].prefix(limit)))
    }
}

/// A copy of the part of `StreamEntries` that one step of a read needs.
struct EntryPlan: Sendable {
    let sealed: [SegmentSpan]
    let open: [EntryRun]
    let recent: [EntryChunk]
}
