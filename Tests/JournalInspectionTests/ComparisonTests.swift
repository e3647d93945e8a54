import Coordinator
import Journal
import Platform
import TestSupport
import Testing

@testable import JournalInspection

/// Where two journals part.
@Suite struct ComparisonTests {
    private static func compare(
        _ first: TemporaryJournal, _ second: TemporaryJournal
    ) throws -> (JournalComparison.Verdict, [OutputLine]) {
        var lines: [OutputLine] = []
        var comparison = try JournalComparison(
            InspectedJournal(data: first.path), InspectedJournal(data: second.path))
        return (try comparison.run { lines.append($0) }, lines)
    }

    @Test func `a journal is the same as one that was made alike`() throws {
        let (verdict, lines) = try Self.compare(TemporaryJournal(), TemporaryJournal())
        #expect(verdict == .same)
        #expect(lines.map(\.kind) == ["verdict"])
    }

    @Test func `the first record that differs is named, with both sides`() throws {
        let later = ManualClock(Timestamp(microseconds: 1_800_000_000_000_000))
        let (verdict, lines) = try Self.compare(
            TemporaryJournal(), TemporaryJournal(clock: later))
        #expect(verdict == .different)
        #expect(lines.first?.value("record") == .number(1))
        #expect(lines.first?.value("what") == .text("time"))
        #expect(!lines.contains { $0.text(as: .json).contains("SSSS") })
    }

    @Test func `a journal that goes on holds one that ended`() throws {
        let first = try TemporaryJournal()
        let second = try TemporaryJournal()
        try EveryKindJournal.goOn(at: second.path)
        #expect(try Self.compare(first, second).0 == .firstEnds)
        #expect(try Self.compare(second, first).0 == .secondEnds)
    }

    @Test func `what rewriting left out is passed over and counted`() throws {
        let first = try TemporaryJournal()
        let second = try TemporaryJournal()
        let machine = CoordinatorMachine()
        let rewriter = SegmentRewriter(
            JournalDirectory(path: second.path, files: SystemFileSystem())
        ) { machine.run(of: $0) }
        let rule = RewriteRule(reliedOn: .first) { record, _ in
            record.number.rawValue % 10 == 7 ? .leaveOut : .keep
        }
        _ = try rewriter.rewrite([.first], by: rule) { _ in true }
        let (verdict, lines) = try Self.compare(first, second)
        #expect(verdict == .same, "\(lines)")
        #expect(lines.last?.value("onlyInFirst") != .number(0))
        #expect(lines.last?.value("onlyInSecond") == .number(0))
        let report = try JournalVerify(InspectedJournal(data: second.path)).run()
        #expect(report.isSound, "\(report.lines.map { $0.text(as: .text) })")
        var dumped: [OutputLine] = []
        var dump = JournalDump(
            try InspectedJournal(data: second.path), RecordSelection(), .fields)
        try dump.run { dumped.append($0) }
        #expect(dumped.contains { $0.kind == "leftOut" })
        #expect(!dump.isDamaged)
    }
}
