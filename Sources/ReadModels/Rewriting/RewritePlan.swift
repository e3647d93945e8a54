import Journal

/// A sealed segment, as somebody sees it who asks whether to rewrite it.
struct SegmentLoad: Hashable, Sendable {
    let segment: RecordNumber
    /// 0 for one that has never been rewritten.
    let generation: UInt32
    /// Of its file.
    let bytes: Int
    /// The items of all its runs, and how many of them nobody wants any more.
    let items: UInt64
    let unwanted: UInt64

    /// About what would be left of its bytes.
    var remaining: Int {
        guard items > 0 else { return bytes }
        return Int(Double(bytes) * (Double(items - min(unwanted, items)) / Double(items)))
    }
}

/// Segments that are to be rewritten as one.
struct RewriteJob: Hashable, Sendable {
    let segments: [RecordNumber]
    /// Whether it is worth it even while others need the machine.
    let isUrgent: Bool
}

/// Which segments are worth rewriting.
///
/// One of which a quarter is unwanted; with its neighbours, if all of them together fit a segment.
/// Small ones that lie side by side, once there are several. And, when nothing else is to be done,
/// one that was never rewritten, to deflate it better.
struct RewritePlan {
    /// Unwanted items are worth a rewriting from one in so many.
    static let unwantedShare: UInt64 = 4
    /// A segment is small below this part of a full one.
    static let smallShare = 8
    /// So many small ones side by side are merged.
    static let smallNeighbours = 4

    /// Bytes that a segment may have.
    let segmentSize: Int

    /// What to do next; nil if nothing is worth it. Done again and again it comes to an end.
    func next(_ loads: [SegmentLoad]) -> RewriteJob? {
        var group: [SegmentLoad] = []
        for load in loads {
            guard isDue(load) || isSmall(load) else {
                if isWorthwhile(group) { return job(group) }
                group = []
                continue
            }
            if group.reduce(load.remaining, { $0 + $1.remaining }) > segmentSize {
                if isWorthwhile(group) { return job(group) }
                group = []
            }
            group.append(load)
        }
        if isWorthwhile(group) { return job(group) }
        return loads.first { $0.generation == 0 && !isSmall($0) }.map {
            RewriteJob(segments: [$0.segment], isUrgent: false)
        }
    }

    private func job(_ group: [SegmentLoad]) -> RewriteJob {
        RewriteJob(segments: group.map(\.segment), isUrgent: true)
    }

    private func isWorthwhile(_ group: [SegmentLoad]) -> Bool {
        group.contains(where: isDue) || group.count >= Self.smallNeighbours
    }

    private func isDue(_ load: SegmentLoad) -> Bool {
        load.unwanted > 0 && load.unwanted >= load.items / Self.unwantedShare
    }

    private func isSmall(_ load: SegmentLoad) -> Bool {
        load.remaining < segmentSize / Self.smallShare
    }
}
