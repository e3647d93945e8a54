import TestSupport
import Testing

@testable import Journal

/// Power that goes, and disks that refuse, while segments are rewritten.
@Suite struct RewriteCrashTests {
    private static let left: Set<UInt64> = [1, 3]

    /// Rewrites one segment, then merges it with its neighbours; stops at the first error.
    private static func work(on harness: JournalHarness, _ segments: [RecordNumber]) {
        do {
            try RewriteScene.rewrite([segments[1]], on: harness, without: left)
            try RewriteScene.rewrite(Array(segments[0...2]), on: harness, without: left)
        } catch {
            // The power is gone.
        }
    }

    /// What was kept is there once; what was to be left out is there as before or not at all,
    /// segment by segment.
    private static func judge(
        _ contents: Contents, _ scene: RewriteScene, _ segments: [RecordNumber], _ place: String
    ) {
        #expect(contents.wrong.isEmpty && contents.lost.isEmpty, "\(place)")
        #expect(contents.records == contents.records.sorted(), "\(place)")
        #expect(Set(contents.records).count == contents.records.count, "\(place): twice")
        let found = Set(contents.records)
        let missing = scene.acknowledged.subtracting(found)
        #expect(missing.allSatisfy { left.contains($0 % 5) }, "\(place)")
        #expect(missing.allSatisfy { $0 < segments[3].rawValue }, "\(place)")
        for (first, next) in zip(segments, segments.dropFirst()).prefix(3) {
            let goes = scene.acknowledged.filter {
                (first.rawValue..<next.rawValue).contains($0) && left.contains($0 % 5)
            }
            let gone = goes.intersection(missing)
            #expect(gone.isEmpty || gone == goes, "\(place): half of segment \(first)")
        }
    }

    @Test func `whatever change the power goes at, nothing that was kept is missing`() throws {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        let whole = JournalHarness(scene.harness.disk.copy())
        Self.work(on: whole, segments)
        let changes = whole.disk.changeCount
        #expect(changes > 20)
        #expect(try whole.directory.segments().count == 3)
        for change in 0...changes {
            let harness = JournalHarness(scene.harness.disk.copy())
            harness.disk.losePower(beforeChange: change)
            Self.work(on: harness, segments)
            // Readers beside it, at that moment.
            let beside = JournalHarness(harness.disk.copy())
            Self.judge(try beside.readAll(), scene, segments, "beside change \(change)")
            let reader = JournalReader(beside.directory, runOf: JournalHarness.run)
            var last = RecordNumber.none
            for summary in try reader.segments() {
                #expect(summary.segment == last.next, "beside change \(change)")
                last = summary.lastRecord ?? .last
            }
            for seed in 0..<3 as Range<UInt64> {
                let place = "change \(change), seed \(seed)"
                let crashed = JournalHarness(harness.disk.afterCrash(seed: seed))
                Self.judge(try crashed.readAll(), scene, segments, "unopened, \(place)")
                let journal = try crashed.open()
                #expect(journal.report.isClean, "\(place): \(journal.report)")
                try journal.fill()
                try journal.append([33])
                let appended = journal.acknowledged
                #expect(appended.min() ?? 0 > scene.acknowledged.max() ?? 0, "\(place)")
                try journal.sink.close()
                let contents = try crashed.readAll()
                #expect(appended.isSubset(of: contents.records), "\(place)")
                let names = try crashed.disk.list(JournalHarness.path)
                #expect(!names.contains { $0.hasSuffix(".new") }, "\(place)")
                // No two files hold the same records any more.
                let listed = try JournalReader(crashed.directory).segments().map(\.segment)
                #expect(try crashed.directory.segments() == listed, "\(place)")
                // It can be done again.
                let again = try crashed.directory.segments()
                try RewriteScene.rewrite(
                    again.filter { $0 < segments[3] }, on: crashed, without: Self.left)
                #expect(
                    Set(try crashed.readAll().records).subtracting(appended)
                        == Set(
                            scene.kept(without: Self.left, in: 1...segments[3].rawValue - 1)),
                    "\(place)")
            }
        }
    }

    @Test(arguments: SimulatedDisk.Change.allCases)
    func `a change that the disk refuses leaves a journal that is whole`(
        _ change: SimulatedDisk.Change
    ) throws {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        for skipping in 0..<24 {
            let harness = JournalHarness(scene.harness.disk.copy())
            harness.disk.fail(change, skipping: skipping, code: 28)
            Self.work(on: harness, segments)
            let place = "\(change) \(skipping)"
            Self.judge(try harness.readAll(), scene, segments, place)
            let crashed = JournalHarness(harness.disk.afterCrash(seed: UInt64(skipping)))
            let journal = try crashed.open()
            #expect(journal.report.isClean, "\(place): \(journal.report)")
            try journal.sink.close()
            Self.judge(try crashed.readAll(), scene, segments, "\(place), crashed")
        }
    }

    @Test func `a bit that flips anywhere in a rewritten segment is found`() throws {
        let scene = try RewriteScene()
        let segments = try scene.segments
        try RewriteScene.rewrite(
            Array(segments[0...1]), on: scene.harness, without: Self.left)
        let kept = Set(
            scene.kept(without: Self.left, in: 1...segments[2].rawValue - 1))
        let path = scene.harness.directory.segmentPath(segments[0])
        let size = try #require(scene.harness.disk.files[path]?.count)
        for offset in 0..<size {
            let harness = JournalHarness(scene.harness.disk.copy())
            harness.disk.damage(path) { $0[offset] ^= 1 << UInt8(offset % 8) }
            let live = try harness.readAll()
            let journal = try harness.open()
            try journal.sink.close()
            for contents in [live, try harness.readAll()] {
                #expect(contents.wrong.isEmpty, "byte \(offset)")
                let reported = contents.lost + journal.report.losses.compactMap(\.range)
                let silent = kept.subtracting(contents.records).filter { number in
                    !reported.contains { $0.contains(number) }
                }
                #expect(silent.isEmpty, "byte \(offset): \(silent.sorted())")
            }
            #expect(try harness.open().report.cuts.isEmpty, "byte \(offset)")
        }
    }
}
