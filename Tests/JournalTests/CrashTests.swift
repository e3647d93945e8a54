import Foundation
import Platform
import TestSupport
import Testing

@testable import Journal

/// Power that goes at every change of the disk, and what is found then.
@Suite struct CrashTests {
    /// Appends, rotates, marks and closes; stops at the first error. What was acknowledged and
    /// what was tried.
    static func work(
        on disk: SimulatedDisk, from start: Int = 0
    ) -> (acknowledged: Set<UInt64>, tried: [[UInt64]]) {
        let harness = JournalHarness(disk)
        guard let journal = try? harness.open() else { return ([], []) }
        do {
            for commit in start..<start + 26 {
                try journal.fill()
                try journal.append(commit % 9 == 5 ? [700] : [40, 50, 60])
                if commit % 6 == 2 { try journal.sink.mark() }
            }
            try journal.sink.close()
        } catch {
            // The power is gone.
        }
        return (journal.acknowledged, journal.commits.map(\.records))
    }

    private static func judge(
        _ disk: SimulatedDisk, _ work: (acknowledged: Set<UInt64>, tried: [[UInt64]]),
        _ place: String
    ) throws {
        let harness = JournalHarness(disk)
        let journal = try harness.open()
        #expect(journal.report.losses.isEmpty, "\(place): \(journal.report)")
        let contents = try harness.readAll()
        #expect(contents.wrong.isEmpty && contents.lost.isEmpty, "\(place)")
        let found = Set(contents.records)
        #expect(work.acknowledged.isSubset(of: found), "\(place): lost acknowledged records")
        for records in work.tried {
            let there = records.filter(found.contains)
            #expect(there.isEmpty || there == records, "\(place): half a commit")
        }
        #expect(found.isSubset(of: work.tried.flatMap { $0 }), "\(place): phantoms")
        // It goes on, with numbers that nobody has had.
        try journal.fill()
        try journal.append([33])
        #expect(
            journal.acknowledged.min() ?? 0 > found.max() ?? 0, "\(place): \(journal.report)")
    }

    @Test func `whatever change the power goes at, what was acknowledged is there`() throws {
        let whole = SimulatedDisk()
        _ = Self.work(on: whole)
        let changes = whole.changeCount
        #expect(changes > 100)
        for change in 0..<changes {
            let disk = SimulatedDisk()
            disk.losePower(beforeChange: change)
            let work = Self.work(on: disk)
            for seed in 0..<6 as Range<UInt64> {
                try Self.judge(
                    disk.afterCrash(seed: seed), work, "change \(change), seed \(seed)")
            }
        }
    }

    @Test func `power that goes again during recovery changes nothing`() throws {
        let whole = SimulatedDisk()
        _ = Self.work(on: whole)
        for change in stride(from: 3, to: whole.changeCount, by: 5) {
            let disk = SimulatedDisk()
            disk.losePower(beforeChange: change)
            let work = Self.work(on: disk)
            for second in 0..<14 {
                let crashed = disk.afterCrash(seed: UInt64(change))
                crashed.losePower(beforeChange: second)
                let again = Self.work(on: crashed, from: 100)
                let place = "change \(change), then \(second)"
                let both = (
                    work.acknowledged.union(again.acknowledged),
                    work.tried.filter { records in
                        // A number that was never acknowledged may be given out once more.
                        !again.tried.contains { !Set($0).isDisjoint(with: records) }
                    } + again.tried
                )
                try Self.judge(crashed.afterCrash(seed: UInt64(second)), both, place)
            }
        }
    }
}

/// Disks that refuse.
@Suite struct DiskFaultTests {
    @Test func `a full disk is met before anything is decided, and left as it was`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([50])
        harness.disk.limit(to: 0)
        var filled = true
        while filled, journal.sink.room != .filling || (try? journal.sink.fillAhead()) == true {
            if case .full = journal.sink.room { break }
            if journal.sink.room == .ready {
                filled = (try? journal.append([700])) == true
            }
        }
        guard case .full(let error) = journal.sink.room else {
            Issue.record("the disk is full and nobody says so: \(journal.sink.room)")
            return
        }
        #expect(error.code == ENOSPC)
        let acknowledged = journal.acknowledged
        #expect(Set(try harness.readAll().records) == acknowledged)
        // Room comes back, and it goes on.
        harness.disk.limit(to: nil)
        _ = try journal.sink.fillAhead()
        try journal.fill()
        #expect(journal.sink.room == .ready)
        try journal.append([50])
        #expect(journal.acknowledged.count == acknowledged.count + 1)
    }

    @Test(arguments: [SimulatedDisk.Change.write, .sync])
    func `after a failed write or sync nothing more is written, and reopening settles it`(
        _ change: SimulatedDisk.Change
    ) throws {
        for seed in 0..<8 as Range<UInt64> {
            let harness = JournalHarness()
            let journal = try harness.open()
            try journal.append([50, 60])
            try journal.append([70])
            harness.disk.fail(change, code: EIO, seed: seed)
            #expect(throws: JournalError.self) { try journal.append([80, 90]) }
            let changes = harness.disk.changeCount
            #expect(throws: JournalError.writerStopped) { try journal.append([20]) }
            #expect(harness.disk.changeCount == changes)
            let reopened = JournalHarness(harness.disk.afterCrash(seed: seed))
            let found = try #require(try? reopened.open())
            #expect(found.report.losses.isEmpty, "\(found.report)")
            let records = Set(try reopened.readAll().records)
            #expect(journal.acknowledged.isSubset(of: records))
            #expect(try reopened.readAll().wrong.isEmpty)
        }
    }
}

/// Readers beside the writer.
@Suite struct LiveReaderTests {
    @Test func `a reader sees whole commits only, also through a rotation`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        for commit in 0..<60 {
            try journal.fill()
            try journal.append([60, 200, 40])
            let contents = try harness.readAll()
            #expect(Set(contents.records) == journal.acknowledged, "commit \(commit)")
            #expect(contents.wrong.isEmpty && contents.lost.isEmpty && contents.uncovered == 0)
        }
        #expect(try harness.directory.segments().count > 2)
    }

    @Test func `a commit that is half written is not there yet`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([60])
        let before = try #require(harness.disk.files[harness.directory.segmentPath(.first)])
        try journal.append([90, 200, 300])
        let after = try #require(harness.disk.files[harness.directory.segmentPath(.first)])
        let start = try #require(zip(before, after).enumerated().first { $1.0 != $1.1 }).offset
        let end = try #require(after.lastIndex { $0 != 0 })
        for cut in start..<end {
            let half = JournalHarness(harness.disk.copy())
            half.disk.damage(half.directory.segmentPath(.first)) { bytes in
                for index in cut..<bytes.count { bytes[index] = 0 }
            }
            let contents = try half.readAll()
            #expect(contents.records == [1], "cut at \(cut)")
            #expect(contents.lost.isEmpty && contents.wrong.isEmpty)
        }
    }
}
