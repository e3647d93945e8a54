import Coordinator
import Journal
import Platform
import ReadModels
import TestSupport
import Tumble

/// Looks, before a change of the disk is made, at what would be found if the power went there:
/// each image is recovered and replayed, and must be the state after a commit that was handed in,
/// not an earlier one than the last that was acknowledged.
///
/// `@unchecked Sendable`: a simulation runs on one thread, which the disk calls back on.
final class CrashImages: @unchecked Sendable {
    private var numbers: SeededNumbers
    private let clock: ManualClock
    private let perChange: Double
    /// The state after each commit that may be found, by its last record.
    private(set) var states: [RecordNumber: Fingerprint] = [:]
    var acknowledged = RecordNumber.none
    var catalog: SimulatedCatalog
    private(set) var count = 0
    private(set) var problem: String?

    /// - Parameter perChange: how many images are looked at on average.
    init(
        seed: UInt64, clock: ManualClock, perChange: Double, catalog: SimulatedCatalog,
        initial: Fingerprint
    ) {
        numbers = SeededNumbers(seed: seed)
        self.clock = clock
        self.perChange = perChange
        self.catalog = catalog
        states[.none] = initial
    }

    /// The first record of the last commit that was acknowledged.
    var lastCommit: RecordNumber {
        states.keys.filter { $0 < acknowledged }.max()?.next ?? .first
    }

    /// A commit up to `last` was decided.
    func note(_ state: Fingerprint, after last: RecordNumber) { states[last] = state }

    /// Nothing behind `last` is there any more; numbers that nobody was told are given out again.
    func forget(after last: RecordNumber) {
        states = states.filter { $0.key <= last }
        acknowledged = last
    }

    /// The power would go now.
    func look(at disk: SimulatedDisk) {
        guard problem == nil else { return }
        var wanted = perChange
        while wanted > 0 {
            defer { wanted -= 1 }
            guard Double(numbers.next() % 1000) < wanted * 1000 else { return }
            do {
                problem = try explore(disk)
            } catch {
                problem = "an image cannot be opened: \(error)"
            }
        }
    }

    private func explore(_ disk: SimulatedDisk) throws -> String? {
        var image = disk.afterCrash(seed: numbers.next())
        // Crashes during recovery, three deep.
        for _ in 0..<numbers.next() % 4 {
            image.losePower(beforeChange: Int(numbers.next() % 9))
            count += 1
            do throws(JournalError) {
                _ = try SimulatedEngine.recover(image, clock)
                // It came up before the power went: one more crash at once.
            } catch { /* The power is gone. */  }
            image = image.afterCrash(seed: numbers.next())
        }
        count += 1
        let journal = try SimulatedEngine.recover(image, clock)
        guard journal.report.losses.isEmpty else { return "an image has losses: \(journal.report)" }
        let last = journal.lastRecord
        guard last >= acknowledged else {
            return "an image ends at record \(last), acknowledged is \(acknowledged): "
                + "\(journal.report)"
        }
        guard let expected = states[last] else {
            return "an image ends at record \(last), where no commit ended"
        }
        let contents = catalog.contents(afterCrash: numbers.next())
        guard contents.checkpoint.reached <= last else {
            return "the catalog has record \(contents.checkpoint.reached), the image \(last)"
        }
        let (snapshot, cold) = try SimulatedEngine.start(from: contents, behind: journal)
        var replay = ProcessorReplay(
            CoordinatorMachine(), snapshot,
            cold: ColdOptions(store: cold, grace: SimulatedEngine.grace), lossSeen: false)
        try replay.run(journal.reader) { _ in }
        return Fingerprint(replay.processor) == expected
            ? nil : "an image that ends at record \(last) comes to another state"
    }
}
