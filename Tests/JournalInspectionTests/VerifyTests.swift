import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import JournalInspection

/// What verification says of sound and of damaged journals.
@Suite struct VerifyTests {
    private static func report(_ journal: TemporaryJournal) throws -> VerifyReport {
        try JournalVerify(InspectedJournal(data: journal.path)).run()
    }

    @Test func `a sound journal is sound in all its segments`() throws {
        let journal = try TemporaryJournal(segments: 4)
        let report = try Self.report(journal)
        #expect(report.isSound, "\(report.findings) \(report.losses)")
        #expect(report.segments == 4)
        #expect(report.uncovered == nil && !report.isLive)
        #expect(report.lastRecord.rawValue == UInt64(report.records))
    }

    @Test func `every byte of a sealed segment is looked at`() throws {
        let journal = try TemporaryJournal(segments: 2)
        let size = try journal.size(of: 0)
        for offset in stride(from: 0, to: size, by: 53) {
            try journal.flip(in: 0, at: offset)
            #expect(try !Self.report(journal).isSound, "byte \(offset)")
            try journal.flip(in: 0, at: offset)
        }
        #expect(try Self.report(journal).isSound)
    }

    @Test func `the verdict names the records that are lost`() throws {
        let journal = try TemporaryJournal(segments: 3)
        try journal.remove(1)
        let report = try Self.report(journal)
        let loss = try #require(report.losses.first?.records)
        let lines = report.lines
        #expect(lines.first?.kind == "lost")
        #expect(
            lines.last?.value("lostRecords")
                == .number(loss.upperBound.rawValue - loss.lowerBound.rawValue + 1))
        #expect(lines.last?.value("verdict") == .text("damaged"))
    }

    @Test func `a segment of another journal does not pass`() throws {
        let journal = try TemporaryJournal(segments: 3)
        let other = try TemporaryJournal(
            segments: 3, clock: ManualClock(Timestamp(microseconds: 1_800_000_000_000_000)))
        try journal.put(segment: 1, of: other)
        let report = try Self.report(journal)
        #expect(!report.isSound, "\(report.lines.map { $0.text(as: .text) })")
    }
}
