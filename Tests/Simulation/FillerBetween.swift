import Journal
import TestSupport

/// The thread that prepares space, as it comes between the write of a commit and its sync.
///
/// `@unchecked Sendable`: a simulation runs on one thread, which the disk calls back on.
final class FillerBetween: @unchecked Sendable {
    private var numbers: SeededNumbers
    /// Of the commit that is being written.
    private var sink: SegmentSink?
    private var changes = 0

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    func begin(_ sink: SegmentSink) {
        self.sink = sink
        changes = 0
    }

    func end() { sink = nil }

    /// Fills a slice if a commit has just been written and is about to be synced. A rotation,
    /// which keeps the filling thread out, never syncs a segment in its second change.
    func work(before change: SimulatedDisk.Change, of path: String) {
        defer { changes += 1 }
        guard change == .sync, changes == 1, path.hasSuffix(".seg"), numbers.next() % 2 == 0,
            let sink
        else { return }
        self.sink = nil
        do throws(JournalError) {
            _ = try sink.fillAhead()
        } catch { /* It is tried again; whether the commit is whole, its own sync says. */  }
    }
}
