import ByteCoding
import Platform
import TestSupport
import Testing

@testable import Journal

/// Opening a journal: what is refused, and how.
@Suite struct OpeningTests {
    @Test func `a journal that another process holds names the holder`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        #expect(throws: JournalError.locked(holder: "test")) { try harness.open() }
        try journal.sink.close()
        _ = try harness.open()
    }

    /// 2 is that of rewritten segments, and belongs to none that is as it was first written.
    @Test(arguments: [2, 3] as [UInt8])
    func `a segment of a newer format is left alone`(_ version: UInt8) throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([20])
        try journal.sink.close()
        let segment = try #require(try harness.directory.segments().first)
        let path = harness.directory.segmentPath(segment)
        harness.disk.damage(path) { bytes in
            // The version, and the checksum over it that a newer writer would have made.
            bytes[8] = version
            let checksum = crc32(bytes[..<(SegmentHeader.length - 4)])
            for index in 0..<4 {
                bytes[SegmentHeader.length - 4 + index] =
                    UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index))
            }
        }
        let before = harness.disk.files[path]
        #expect(throws: JournalError.unsupportedVersion(UInt16(version), segment: segment)) {
            try harness.open()
        }
        #expect(harness.disk.files[path] == before)
    }

    @Test func `a file in the place of the directory is refused`() throws {
        let harness = JournalHarness()
        harness.disk.put([1], at: JournalHarness.path)
        #expect(throws: JournalError.notADirectory(JournalHarness.path)) { try harness.open() }
    }

    @Test func `a missing parent is named`() throws {
        var harness = JournalHarness()
        harness.options = JournalHarness.tiny
        let directory = JournalDirectory(path: "/no/journal", files: harness.disk)
        #expect(throws: JournalError.self) {
            try JournalRecovery.open(
                directory, options: harness.options, clock: harness.clock, runOf: { _ in nil },
                holder: "test")
        }
        #expect(!(try directory.isLocked()))
    }

    @Test func `opening again and again changes nothing`() throws {
        let harness = JournalHarness()
        var journal = try harness.open()
        for _ in 0..<30 {
            try journal.fill()
            try journal.append([50, 50])
        }
        let records = try harness.readAll().records
        for _ in 0..<3 {
            try journal.sink.close()
            journal = try harness.open()
            #expect(journal.report.isClean, "\(journal.report)")
            #expect(journal.recovered.lastRecord.rawValue >= 60)
            #expect(try harness.readAll().records == records)
        }
    }

    @Test func `numbers go on where they ended`() throws {
        let harness = JournalHarness()
        let first = try harness.open()
        try first.append([20, 20])
        try first.sink.close()
        let second = try harness.open()
        #expect(second.recovered.lastRecord.rawValue == 2)
        try second.append([20])
        #expect(second.acknowledged == [3])
        #expect(try harness.readAll().records == [1, 2, 3])
    }
}
