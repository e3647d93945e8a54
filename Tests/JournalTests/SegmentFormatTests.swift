import ByteCoding
import Foundation
import Platform
import TestSupport
import Testing

@testable import Journal

/// The bytes of format version 1, which must never change (`SegmentFormat.md`).
@Suite struct SegmentFormatTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/journal/v1")

    private static func golden(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: fixtures.appending(path: name)))
    }

    /// What `open.seg` holds: a commit of two records, a mark, a commit of kept and plain blocks
    /// with a record that goes on in a second one. No block of it deflates.
    private static func writeOpen() throws -> JournalHarness {
        var harness = JournalHarness()
        harness.options.indexInterval = 4096
        let journal = try harness.open()
        try add("one".utf8, to: journal, version: 1)
        try add([0, 1, 2, 3], to: journal, version: 2)
        try commit(journal)
        try journal.sink.mark()
        try add([0x78, 0x01, 0x03, 0x00], to: journal, version: 1, form: .kept)
        var numbers = SeededNumbers(seed: 1)
        try add((0..<300).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }, to: journal)
        try commit(journal)
        return harness
    }

    private static func add(
        _ payload: some Sequence<UInt8>, to journal: OpenJournal, version: UInt8 = 1,
        form: RecordForm = .plain
    ) throws {
        try journal.recovered.builder.add(
            kind: JournalHarness.kind, version: version, payload: Array(payload), form: form,
            run: nil)
    }

    private static func commit(_ journal: OpenJournal) throws {
        let time = Timestamp(microseconds: 1_700_000_000_500_000)
        let sealed = try #require(journal.recovered.builder.finish(at: time))
        journal.sink.append(
            sealed, after: RecordNumber(rawValue: sealed.first.rawValue - 1), epoch: 0
        ) { outcome in
            guard case .durable = outcome else {
                Issue.record("a simulated disk takes everything")
                return
            }
        }
    }

    private static func content(_ harness: JournalHarness, _ segment: RecordNumber) -> [UInt8] {
        let bytes = harness.disk.files[harness.directory.segmentPath(segment)] ?? []
        return Array(bytes[...(bytes.lastIndex { $0 != 0 } ?? 0)])
    }

    @Test func `an open segment is written byte for byte as ever`() throws {
        let harness = try Self.writeOpen()
        #expect(Self.content(harness, .first) == (try Self.golden("open.seg")))
    }

    @Test func `an open segment of old is read`() throws {
        let harness = JournalHarness()
        try harness.disk.createDirectory(JournalHarness.path)
        // Its zeros are left out in the fixture; without them it would have been cut short.
        let bytes = try Self.golden("open.seg") + [UInt8](repeating: 0, count: 4096)
        harness.disk.put(bytes, at: harness.directory.segmentPath(.first))
        let journal = try harness.open()
        #expect(journal.report.isClean, "\(journal.report)")
        #expect(journal.recovered.lastRecord.rawValue == 4)
        var records: [Record] = []
        var marks = 0
        var cursor = journal.recovered.reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            records += block.records
            marks += block.isMark ? 1 : 0
        }
        #expect(records.map(\.number.rawValue) == [1, 2, 3, 4])
        #expect(records.map(\.version) == [1, 2, 1, 1])
        #expect(records.map(\.form) == [.plain, .plain, .kept, .plain])
        #expect(records.map(\.payload.count) == [3, 4, 4, 300])
        #expect(marks == 1)
    }

    /// What `sealed.seg` is: the first segment of a journal that went on in a second one.
    private static func writeSealed() throws -> JournalHarness {
        let harness = JournalHarness()
        let journal = try harness.open()
        while try harness.directory.segments().count < 2 {
            try journal.fill()
            try journal.append([30, 60, 90])
        }
        return harness
    }

    @Test func `a sealed segment of old is read by its footer and by its blocks`() throws {
        let written = try Self.writeSealed()
        let golden = try Self.golden("sealed.seg")
        let harness = JournalHarness()
        try harness.disk.createDirectory(JournalHarness.path)
        harness.disk.put(golden, at: harness.directory.segmentPath(.first))
        let reader = JournalReader(harness.directory, runOf: JournalHarness.run)
        let again = JournalReader(written.directory, runOf: JournalHarness.run)
        let summary = try reader.summary(of: .first)
        #expect(summary.isSealed)
        #expect(summary.countsByKind == (try again.summary(of: .first)).countsByKind)
        #expect(
            try reader.runs(in: .first).runs.map(\.run)
                == again.runs(in: .first).runs.map(\.run))
        let contents = try Contents(reader)
        #expect(contents.wrong.isEmpty && contents.lost.isEmpty && !contents.records.isEmpty)
        #expect(contents.records.last == summary.lastRecord?.rawValue)
    }

    /// What `rewritten.seg` holds of `sealed.seg`.
    private static let keptSubjects: Set<UInt64> = [0, 2, 4]

    @Test func `a rewritten segment of old is read by its footer and by its blocks`() throws {
        let harness = JournalHarness()
        try harness.disk.createDirectory(JournalHarness.path)
        harness.disk.put(
            try Self.golden("rewritten.seg"), at: harness.directory.segmentPath(.first))
        let reader = JournalReader(harness.directory, runOf: JournalHarness.run)
        let contents = try Contents(reader)
        #expect(contents.wrong.isEmpty && contents.lost.isEmpty)
        let summary = try reader.summary(of: .first)
        let last = try #require(summary.lastRecord).rawValue
        #expect(summary.generation == 1 && summary.reliedOn == .first)
        let omission = try reader.omission(of: .first)
        #expect(omission.subjects == [1, 3])
        let left = (1...last).filter { number in
            omission.ranges.contains { $0.contains(number) }
        }
        #expect(Set(contents.records + left) == Set(1...last))
        #expect(contents.records.allSatisfy { Self.keptSubjects.contains($0 % 5) })
        // All that is left out is of other subjects, or an index record.
        #expect(left.filter { Self.keptSubjects.contains($0 % 5) }.count < 10)
        let items = try reader.runs(in: .first).runs.reduce(0) { $0 + Int($1.run.count) }
        #expect(items == contents.records.count)
    }

    @Test func `the worked example of SegmentFormat is what the code writes`() throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/Journal/Journal.docc/SegmentFormat.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        // Lines of the example: offset, colon, bytes in hex, and a gloss after two blanks.
        let bytes = text.split(separator: "\n").flatMap { line -> [UInt8] in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("    0x") else { return [] }
            let hex = String(parts[1]).trimmingPrefix(" ").components(separatedBy: "  ").first
            return [UInt8](hex: (hex ?? "").filter { $0 != " " }) ?? []
        }
        let golden = try Self.golden("open.seg")
        #expect(!bytes.isEmpty)
        #expect(bytes == Array(golden.prefix(bytes.count)))
    }
}
