import Platform
import TestSupport
import Testing

@testable import Journal

/// A journal of several sealed segments, and what rewriting them should leave.
struct RewriteScene {
    let harness: JournalHarness
    let acknowledged: Set<UInt64>

    init(segments: Int = 4) throws {
        harness = JournalHarness()
        let journal = try harness.open()
        while try harness.directory.segments().count < segments {
            try journal.fill()
            let commit = journal.commits.count
            let lengths = commit % 7 == 3 ? [400] : [30, 60, 90]
            try journal.append(lengths, form: commit % 5 == 4 ? .kept : .plain)
        }
        try journal.sink.close()
        acknowledged = journal.acknowledged
        // The closing mark is not synced; here it has arrived.
        for segment in try harness.directory.segments() {
            harness.disk.damage(harness.directory.segmentPath(segment)) { _ in }
        }
    }

    var segments: [RecordNumber] {
        get throws { try harness.directory.segments() }
    }

    static func rewriter(_ harness: JournalHarness) -> SegmentRewriter {
        var options = RewriteOptions()
        options.blockTarget = 200
        options.slice = 300
        return SegmentRewriter(harness.directory, options: options, runOf: JournalHarness.run)
    }

    /// Leaves out what is of `subjects`.
    static func without(_ subjects: Set<UInt64>, reliedOn: UInt64 = 1) -> RewriteRule {
        RewriteRule(reliedOn: RecordNumber(rawValue: reliedOn)) { _, run in
            run.map { subjects.contains($0.subject) } == true ? .leaveOut : .keep
        }
    }

    /// The acknowledged records that are not of `subjects`, or not in `range`.
    func kept(
        without subjects: Set<UInt64>, in range: ClosedRange<UInt64>
    ) -> [UInt64] {
        acknowledged.filter { !range.contains($0) || !subjects.contains($0 % 5) }.sorted()
    }

    @discardableResult
    static func rewrite(
        _ segments: [RecordNumber], on harness: JournalHarness, without subjects: Set<UInt64>
    ) throws -> RewriteOutcome {
        try #require(
            try rewriter(harness).rewrite(segments, by: without(subjects)) { _ in true })
    }
}

/// Rewriting on a disk that does as it is told.
@Suite struct RewriteTests {
    @Test func `what is not wanted is left out, and the rest is read as before`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let before = try scene.harness.readAll()
        #expect(Set(before.records) == scene.acknowledged)
        let outcome = try RewriteScene.rewrite(
            [segments[0]], on: scene.harness, without: [1, 2, 4])
        let last = segments[1].rawValue - 1
        let after = try scene.harness.readAll()
        #expect(after.records == scene.kept(without: [1, 2, 4], in: 1...last))
        #expect(after.wrong.isEmpty && after.lost.isEmpty)
        #expect(outcome.generation == 1 && outcome.merged.isEmpty)
        #expect(outcome.bytesAfter < outcome.bytesBefore / 2 + 400)
        let journal = try scene.harness.open()
        #expect(journal.report.isClean)
        #expect(journal.recovered.lastRecord.rawValue >= scene.acknowledged.max() ?? 0)
    }

    @Test func `the ends of a rewritten segment are what they were`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let (header, footer) = try Self.ends(of: segments[1], scene.harness)
        try RewriteScene.rewrite([segments[1]], on: scene.harness, without: [0])
        let (newHeader, newFooter) = try Self.ends(of: segments[1], scene.harness)
        #expect(newHeader.firstRecord == header.firstRecord)
        #expect(newHeader.chainBefore == header.chainBefore)
        #expect(newHeader.created == header.created && newHeader.salt != header.salt)
        #expect(newFooter.chainEnd == footer.chainEnd)
        #expect(newFooter.table.lastRecord == footer.table.lastRecord)
        #expect(newFooter.table.firstTime == footer.table.firstTime)
        #expect(newFooter.table.lastTime == footer.table.lastTime)
        #expect(newFooter.omission.subjects == [0] && newFooter.omission.reliedOn == .first)
        let all = header.firstRecord.rawValue...footer.table.lastRecord.rawValue
        let wanted = all.filter { scene.acknowledged.contains($0) && $0 % 5 != 0 }
        let left = all.filter { number in
            newFooter.omission.ranges.contains { $0.contains(number) }
        }
        #expect(left == all.filter { !wanted.contains($0) })
    }

    private static func ends(
        of segment: RecordNumber, _ harness: JournalHarness
    ) throws -> (SegmentHeader, SegmentFooter) {
        let file = try SegmentFile(try harness.directory.open(segment), segment: segment)
        let header = try file.header()
        return (header, try #require(try file.footer(of: header)).footer)
    }

    @Test func `every run of a rewritten segment is where its footer says`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let outcome = try RewriteScene.rewrite(
            Array(segments[0...1]), on: scene.harness, without: [3])
        let reader = JournalReader(scene.harness.directory, runOf: JournalHarness.run)
        let runs = try reader.runs(in: segments[0]).runs
        #expect(runs == outcome.runs && !runs.isEmpty)
        var found: Set<UInt64> = []
        for location in runs {
            let there = try reader.records(at: location.block).compactMap(JournalHarness.run)
            for item in location.run.first..<location.run.end {
                #expect(there.contains { $0.subject == location.run.subject && $0.first == item })
                found.insert(item * 5 + location.run.subject)
            }
        }
        let last = segments[2].rawValue - 1
        #expect(found == Set(scene.kept(without: [3], in: 1...last).filter { $0 <= last }))
    }

    @Test func `neighbours become one, and one that was rewritten is rewritten again`() throws {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        try RewriteScene.rewrite([segments[1]], on: scene.harness, without: [1])
        try RewriteScene.rewrite(Array(segments[0...2]), on: scene.harness, without: [2])
        #expect(try scene.segments == [segments[0], segments[3], segments[4]])
        let outcome = try RewriteScene.rewrite(
            [segments[0], segments[3]], on: scene.harness, without: [2, 4])
        #expect(outcome.generation == 3 && outcome.merged == [segments[3]])
        let end = segments[4].rawValue - 1
        var expected = scene.kept(without: [2, 4], in: 1...end)
        let once = segments[1].rawValue...segments[2].rawValue - 1
        expected.removeAll { once.contains($0) && $0 % 5 == 1 }
        let contents = try scene.harness.readAll()
        #expect(contents.records == expected && contents.wrong.isEmpty && contents.lost.isEmpty)
        let reader = JournalReader(scene.harness.directory)
        #expect(try reader.omission(of: segments[0]).subjects == [1, 2, 4])
        let summary = try reader.summary(of: segments[0])
        #expect(summary.leftOut > 0 && summary.reliedOn == .first)
        #expect(try scene.harness.open().report.isClean)
    }

    @Test func `a segment of which nothing is wanted keeps its numbers`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let outcome = try RewriteScene.rewrite(
            Array(segments[0...2]), on: scene.harness, without: [0, 1, 2, 3, 4])
        #expect(outcome.bytesAfter < 400)
        let contents = try scene.harness.readAll()
        #expect(contents.records.first ?? 0 >= segments[3].rawValue && contents.lost.isEmpty)
        #expect(try scene.harness.open().report.isClean)
    }

    @Test func `a record may be restated in fewer words, and keeps its number and its run`() throws
    {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let rule = RewriteRule(reliedOn: .first) { record, _ in
            guard record.number.rawValue == 2 else { return .keep }
            return .restate(
                Record(
                    number: record.number, kind: record.kind, version: 9,
                    payload: record.payload.prefix(2)))
        }
        _ = try RewriteScene.rewriter(scene.harness).rewrite([segments[0]], by: rule) { _ in true }
        var cursor = JournalReader(scene.harness.directory).blocks(from: .first)
        guard case .block(let block) = try cursor.next() else {
            Issue.record("a segment begins with a block")
            return
        }
        let record = try #require(block.records.first { $0.number.rawValue == 2 })
        #expect(Array(record.payload) == [2, 2] && record.version == 9)
        let reader = JournalReader(scene.harness.directory)
        #expect(try reader.summary(of: segments[0]).reliedOn == .none)
    }

    @Test func `whoever gives up finds everything as it was`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let before = scene.harness.disk.files
        for asked in 1..<4 {
            var left = asked
            let outcome = try RewriteScene.rewriter(scene.harness).rewrite(
                Array(segments[0...2]), by: RewriteScene.without([1])
            ) { _ in
                left -= 1
                return left > 0
            }
            #expect(outcome == nil)
            #expect(scene.harness.disk.files == before)
        }
    }

    @Test func `the open segment, a stranger and a damaged one are refused and left alone`() throws
    {
        let scene = try RewriteScene()
        let segments = try scene.segments
        for choice in [[segments[3]], [segments[0], segments[2]], [segments[1], segments[0]]] {
            let harness = JournalHarness(scene.harness.disk.copy())
            #expect {
                try RewriteScene.rewrite(choice, on: harness, without: [1])
            } throws: {
                guard case .notRewritable = $0 as? JournalError else { return false }
                return true
            }
        }
        let path = scene.harness.directory.segmentPath(segments[1])
        let size = try #require(scene.harness.disk.files[path]?.count)
        for offset in stride(from: 0, to: size, by: 67) {
            let harness = JournalHarness(scene.harness.disk.copy())
            harness.disk.damage(path) { $0[offset] ^= 1 }
            let before = harness.disk.files
            #expect(throws: JournalError.self, "byte \(offset)") {
                try RewriteScene.rewrite(
                    [segments[0], segments[1]], on: harness, without: [1])
            }
            #expect(harness.disk.files == before, "byte \(offset)")
        }
    }

    @Test func `a cursor goes on where it was when segments are merged under it`() throws {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        for stop in stride(from: 1, to: 60, by: 9) {
            let harness = JournalHarness(scene.harness.disk.copy())
            var cursor = JournalReader(harness.directory).blocks(from: .first)
            var numbers: [UInt64] = []
            var blocks = 0
            var end = RecordNumber.none
            while let item = try cursor.next() {
                guard case .block(let block) = item else {
                    Issue.record("nothing is damaged")
                    continue
                }
                #expect(block.isMark || block.firstRecord == end.next, "stop \(stop)")
                end = max(end, block.lastRecord)
                numbers += block.records.filter { $0.kind == JournalHarness.kind }
                    .map(\.number.rawValue)
                blocks += 1
                if blocks == stop {
                    try RewriteScene.rewrite(
                        Array(segments[0...3]), on: harness, without: [])
                }
            }
            #expect(numbers == scene.acknowledged.sorted(), "stop \(stop)")
        }
    }

    @Test func `a location of an earlier generation is gone, and told so`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let reader = JournalReader(scene.harness.directory, runOf: JournalHarness.run)
        let old = try reader.runs(in: segments[1]).runs[0].block
        try RewriteScene.rewrite(Array(segments[0...1]), on: scene.harness, without: [1])
        #expect(
            throws: JournalError.gone(BlockLocation(segment: segments[1], generation: 0, offset: 0))
        ) {
            try reader.records(at: old)
        }
        var first = old
        first.segment = segments[0]
        #expect(throws: JournalError.gone(first)) { try reader.records(at: first) }
    }

    @Test func `what was left out because of records that are gone is told for ever`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        let end = (scene.acknowledged.max() ?? 0) + 50
        _ = try RewriteScene.rewriter(scene.harness).rewrite(
            [segments[0]], by: RewriteScene.without([2, 3], reliedOn: end)
        ) { _ in true }
        let journal = try scene.harness.open()
        #expect(
            journal.report.unexplained == [
                .init(
                    segment: segments[0], reliedOn: RecordNumber(rawValue: end),
                    subjects: [2, 3])
            ])
        // The number is given out again, for something else; the tale stays.
        while journal.recovered.builder.nextRecord.rawValue <= end {
            try journal.fill()
            try journal.append([40, 40, 40, 40])
        }
        try journal.sink.close()
        let again = try scene.harness.open()
        #expect(again.report.unexplained.map(\.subjects) == [[2, 3]])
        #expect(again.report.unexplained.map(\.reliedOn) == [.last])
        #expect(try scene.harness.readAll().wrong.isEmpty)
    }
}
