import Foundation
import Platform
import TestSupport
import Testing

@testable import Journal

/// What a process that died, or whose sync failed, left to be seen and not durable: whoever opens
/// the journal next may serve only what it has made durable itself.
@Suite struct UnsyncedTests {
    /// Opens what a dead process left on `disk`, and checks that what it finds, and what is
    /// acknowledged from then on, survives the power going at once.
    private static func judge(_ disk: SimulatedDisk, _ place: String) throws {
        let harness = JournalHarness(disk)
        let journal = try harness.open()
        let found = Set(try harness.readAll().records)
        try journal.fill()
        try journal.append([30])
        for seed in 0..<4 as Range<UInt64> {
            let crashed = JournalHarness(disk.afterCrash(seed: seed))
            let report = try crashed.open().report
            #expect(report.losses.isEmpty, "\(place), seed \(seed): \(report)")
            let kept = Set(try crashed.readAll().records)
            #expect(
                found.union(journal.acknowledged).isSubset(of: kept), "\(place), seed \(seed)")
        }
    }

    @Test func `a kill at any change of the disk leaves nothing that a crash takes back`() throws {
        let whole = SimulatedDisk()
        _ = CrashTests.work(on: whole)
        for change in stride(from: 0, to: whole.changeCount, by: 2) {
            let disk = SimulatedDisk()
            disk.losePower(beforeChange: change)
            _ = CrashTests.work(on: disk)
            try Self.judge(disk.copy(), "killed before change \(change)")
        }
    }

    @Test func `what the system shows after a failed sync is written once more`() throws {
        for skipping in 0..<40 {
            for change in [SimulatedDisk.Change.sync, .syncDirectory] {
                let disk = SimulatedDisk()
                disk.fail(change, skipping: skipping, code: EIO, seed: UInt64(skipping))
                _ = CrashTests.work(on: disk)
                try Self.judge(disk.copy(), "failed \(change) number \(skipping)")
            }
        }
    }

    @Test func `a sync of zeros that fails between a write and its sync is told to the writer`()
        throws
    {
        for seed in 0..<8 as Range<UInt64> {
            var harness = JournalHarness()
            harness.options.segmentSize = 40_000
            let journal = try harness.open()
            try journal.append([50])
            harness.disk.fail(.sync, code: EIO, seed: seed)
            let sink = journal.sink
            let isFirst = Lock(true)
            harness.disk.watch { change, _ in
                let begins = isFirst.withLock { isFirst in
                    defer { if change == .sync { isFirst = false } }
                    return isFirst && change == .sync
                }
                if begins { #expect(throws: JournalError.self) { try sink.fillAhead() } }
            }
            // Whether it is there is open: it must not be acknowledged.
            #expect(throws: JournalError.self) { try journal.append([60]) }
            #expect(journal.acknowledged == [1])
        }
    }
}
