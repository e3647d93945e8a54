import Journal

/// Where the entries of a segment are: what its footer says, as runs by stream.
struct SegmentFooter: Sendable {
    /// What a run costs in memory.
    static let runCost = MemoryLayout<RunLocation>.stride

    /// Ascending by stream, then index.
    let runs: [RunLocation]

    init(_ runs: [RunLocation]) {
        self.runs = runs.sorted {
            ($0.run.subject, $0.run.first) < ($1.run.subject, $1.run.first)
        }
    }

    /// At most `limit` runs of `stream` that hold `index` or lie behind it.
    func runs(of stream: UInt64, from index: UInt64, limit: Int) -> [LocatedRun] {
        let start = runs.partitioningIndex {
            $0.run.subject > stream || ($0.run.subject == stream && $0.run.end > index)
        }
        return runs[start...].prefix(limit).prefix { $0.run.subject == stream }.map {
            LocatedRun(first: $0.run.first, count: $0.run.count, block: $0.block)
        }
    }

    /// The lowest and highest index of each stream.
    func spans(in segment: RecordNumber) -> [(stream: UInt64, span: SegmentSpan)] {
        var spans: [(stream: UInt64, span: SegmentSpan)] = []
        for run in runs.lazy.map(\.run) where run.count > 0 {
            let isNew = spans.last?.stream != run.subject
            let last = isNew ? nil : spans.popLast()?.span
            spans.append(
                (
                    run.subject,
                    SegmentSpan(
                        segment: segment, lowest: last?.lowest ?? run.first,
                        highest: max(last?.highest ?? 0, run.end - 1))
                ))
        }
        return spans
    }
}

/// The footers of segments, through a cache.
final class SegmentFooters: Sendable {
    /// 32 MiB: the runs of half a million blocks.
    static let defaultCapacity = 32 * 1024 * 1024

    private let reader: JournalReader
    private let cache: ByteCache<RecordNumber, SegmentFooter>

    init(reader: JournalReader, capacity: Int = defaultCapacity) {
        self.reader = reader
        cache = ByteCache(capacity: capacity)
    }

    /// The footer of a sealed segment if it is in memory.
    func cached(_ segment: RecordNumber) -> SegmentFooter? { cache.value(for: segment) }

    /// The footer of a sealed segment; reads from disk if need be.
    func load(_ segment: RecordNumber) throws(JournalError) -> SegmentFooter {
        if let footer = cache.value(for: segment) { return footer }
        let footer = SegmentFooter(try reader.runs(in: segment).runs)
        cache.insert(footer, for: segment, cost: footer.runs.count * SegmentFooter.runCost)
        return footer
    }

    /// Lets go of the footers of files that are no more.
    func forget(_ segments: [RecordNumber]) {
        for segment in segments { cache.remove(segment) }
        reader.forget(segments)
    }
}
