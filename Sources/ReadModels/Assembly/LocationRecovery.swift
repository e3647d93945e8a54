import Coordinator
import Journal

/// Finds at a start where all entries are: in the footers of sealed segments, and in the index
/// records of the open one and what lies behind them.
///
/// Replay does not add locations then. So entries of a block that can no longer be read have a
/// place all the same, and reading them names the damage.
package struct LocationRecovery {
    private let reader: JournalReader
    private let hot: HotModel

    /// - Parameter hot: is told what `reader` finds.
    package init(reader: JournalReader, hot: HotModel) {
        self.reader = reader
        self.hot = hot
    }

    /// - Parameters:
    ///   - reached: the last record that is in the state which the hot model began with.
    ///   - segments: those that hold entries of records up to there; others are not opened.
    package func restore(
        through reached: RecordNumber, holding segments: [RecordNumber]
    ) throws(JournalError) {
        let all = try reader.segments()
        // Of the segment that `reached` lies in, only what comes later may hold entries.
        let current = all.last { $0.segment <= reached }?.segment
        for summary in all {
            let segment = summary.segment
            // One that was merged with others holds what they held.
            let last = summary.lastRecord ?? segment
            guard
                segment > reached || segment == current
                    || segments.contains(where: { $0 >= segment && $0 <= last })
            else { continue }
            let runs = try reader.runs(in: segment).runs
            if summary.isSealed {
                for (stream, span) in SegmentFooter(runs).spans(in: segment) {
                    hot.locations.add(span, of: stream)
                }
            } else {
                hot.locations.add(runs)
            }
            if segment <= reached { hot.restore(runs) }
        }
    }

    /// Finds where the entries of one stream are whose places were forgotten when it became cold.
    /// Reads all footers: for what is seldom, to heal an archive.
    ///
    /// - Returns: false if segments were sealed too fast to look at the open one; then try again.
    package func restore(_ stream: StreamID) throws(JournalError) -> Bool {
        for _ in 0..<Self.attempts {
            var sealed: [SegmentSpan] = []
            var open: [RunLocation] = []
            for summary in try reader.segments() {
                let runs = try reader.runs(in: summary.segment).runs
                    .filter { $0.run.subject == stream.record.rawValue }
                if summary.isSealed {
                    sealed += SegmentFooter(runs).spans(in: summary.segment).map(\.span)
                } else {
                    open += runs
                }
            }
            let subject = stream.record.rawValue
            if hot.locations.restore(subject, sealed: sealed, open: open) { return true }
        }
        return false
    }

    /// How often in a row a segment may be sealed meanwhile.
    private static let attempts = 4
}
