import Platform
import TestSupport
import Testing

@testable import Journal

/// Copies of a journal that is written to, and what is restored from them.
@Suite struct JournalCopyTests {
    private static let backupPath = "/backup"

    private static func backup(_ harness: JournalHarness) throws -> JournalDirectory {
        if try harness.disk.status(backupPath) == nil {
            try harness.disk.createDirectory(backupPath)
            try harness.disk.syncDirectory("/")
        }
        return JournalDirectory(path: backupPath, files: harness.disk)
    }

    private static func copy(
        _ source: JournalDirectory, _ target: JournalDirectory
    ) -> JournalCopy {
        JournalCopy(from: source, to: target, runOf: JournalHarness.run)
    }

    /// Restores `backup` to a disk of its own.
    private static func restored(
        _ backup: JournalDirectory, to end: JournalCopy.End
    ) throws -> (JournalHarness, JournalCopy.Outcome) {
        let harness = JournalHarness()
        try harness.disk.createDirectory("/backup")
        try harness.disk.createDirectory(JournalHarness.path)
        for name in try backup.files.list(backup.path) where name.hasSuffix(".seg") {
            let file = try backup.files.open("\(backup.path)/\(name)", .read)
            harness.disk.put(try file.read(try file.size(), at: 0), at: "/backup/\(name)")
        }
        let outcome = try copy(
            JournalDirectory(path: "/backup", files: harness.disk), harness.directory
        ).restore(to: end)
        return (harness, outcome)
    }

    @Test(arguments: [true, false])
    func `a copy taken beside the writer holds what was durable, each time a little more`(
        _ linking: Bool
    ) throws {
        let harness = JournalHarness()
        let backup = try Self.backup(harness)
        let journal = try harness.open()
        var before: Set<UInt64> = []
        for round in 0..<12 {
            for _ in 0..<7 {
                try journal.fill()
                try journal.append([60, 200, 40])
            }
            let outcome = try Self.copy(harness.directory, backup).backUp(linking: linking)
            let contents = try Contents(JournalReader(backup, runOf: JournalHarness.run))
            #expect(contents.wrong.isEmpty && contents.lost.isEmpty && contents.uncovered == 0)
            let found = Set(contents.records)
            // The stamp that says that the last commit is durable has not been written yet.
            let missing = journal.acknowledged.subtracting(found)
            #expect(missing.count <= 3, "round \(round)")
            #expect(found.isSubset(of: journal.acknowledged) && before.isSubset(of: found))
            // An index record may be the last.
            #expect(outcome.lastRecord.rawValue <= (found.max() ?? 0) + 1, "round \(round)")
            #expect(outcome.lastRecord.rawValue >= found.max() ?? 0, "round \(round)")
            #expect((outcome.linked > 0) == (linking && outcome.linked + outcome.copied > 1))
            before = found
        }
        let again = try Self.copy(harness.directory, backup).backUp(linking: linking)
        #expect(again.linked == 0 && again.copied == 1 && again.present > 3)
    }

    @Test func `every commit can be restored to, and writing goes on from there`() throws {
        let scene = try RewriteScene()
        let backup = try Self.backup(scene.harness)
        _ = try Self.copy(scene.harness.directory, backup).backUp(linking: true)
        let all = scene.acknowledged.sorted()
        for end in stride(from: 1 as UInt64, through: (all.last ?? 0) + 3, by: 4) {
            let (harness, outcome) = try Self.restored(
                backup, to: .init(record: RecordNumber(rawValue: end)))
            #expect(outcome.lastRecord.rawValue <= end && outcome.losses.isEmpty)
            // At most a commit is missing, since it is there whole or not at all.
            #expect(outcome.lastRecord.rawValue + 5 >= min(end, all.last ?? 0), "end \(end)")
            let contents = try harness.readAll()
            #expect(contents.records == all.filter { $0 <= outcome.lastRecord.rawValue })
            #expect(contents.wrong.isEmpty && contents.lost.isEmpty)
            let journal = try harness.open()
            #expect(journal.report.isClean && journal.recovered.lastRecord == outcome.lastRecord)
            try journal.fill()
            try journal.append([33])
            try journal.sink.close()
            let after = try harness.readAll()
            #expect(after.records.last == outcome.lastRecord.rawValue + 1 && after.lost.isEmpty)
        }
    }

    @Test func `a time can be restored to`() throws {
        let scene = try RewriteScene()
        var cursor = JournalReader(scene.harness.directory).blocks(from: .first)
        var ends: [(time: Timestamp, last: RecordNumber)] = []
        while case .block(let block) = try cursor.next() {
            if block.endsCommit, !block.isMark { ends.append((block.time, block.lastRecord)) }
        }
        for index in stride(from: 0, to: ends.count - 1, by: 3) {
            let (time, last) = ends[index]
            guard ends[index + 1].time > time else { continue }
            let (_, outcome) = try Self.restored(
                scene.harness.directory, to: .init(time: time))
            #expect(outcome.lastRecord == last)
        }
    }

    @Test func `a copy from before a rewriting keeps what was left out since`() throws {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        let backup = try Self.backup(scene.harness)
        _ = try Self.copy(scene.harness.directory, backup).backUp(linking: true)
        try RewriteScene.rewrite(Array(segments[0...2]), on: scene.harness, without: [1, 2])
        let outcome = try Self.copy(scene.harness.directory, backup).backUp(linking: true)
        #expect(outcome.linked == 0 && outcome.present > 0)
        let contents = try Contents(JournalReader(backup, runOf: JournalHarness.run))
        #expect(Set(contents.records) == scene.acknowledged)
        // One that begins afterwards holds what there is, and it, too, can be cut anywhere.
        let fresh = JournalDirectory(path: "/fresh", files: scene.harness.disk)
        try scene.harness.disk.createDirectory(fresh.path)
        _ = try Self.copy(scene.harness.directory, fresh).backUp(linking: false)
        let end = RecordNumber(rawValue: segments[1].rawValue + 6)
        let (harness, cut) = try Self.restored(fresh, to: .init(record: end))
        #expect(cut.lastRecord > segments[0] && cut.lastRecord <= end)
        #expect(
            try harness.readAll().records
                == scene.kept(without: [1, 2], in: 1...cut.lastRecord.rawValue).filter {
                    $0 <= cut.lastRecord.rawValue
                })
    }

    @Test func `what the backup held before newer segments were merged can still be restored to`()
        throws
    {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        let (disk, journal) = (scene.harness.disk, scene.harness.directory)
        let backup = try Self.backup(scene.harness)
        _ = try Self.copy(journal, backup).backUp(linking: true)
        // As if it had been taken when there was no more than this.
        for segment in try backup.segments().dropFirst(2) {
            disk.take(backup.segmentPath(segment))
        }
        let held = segments[2].rawValue - 1
        try RewriteScene.rewrite(Array(segments[0...3]), on: scene.harness, without: [1, 2])
        for _ in 0..<2 { _ = try Self.copy(journal, backup).backUp(linking: true) }
        #expect(try disk.list("/backup/earlier") == ["\(held)"])
        // Up to its end with everything, behind that without what has left.
        let newer = segments[3].rawValue + 3
        for (end, left) in [(segments[1].rawValue + 6, []), (held, []), (newer, [1, 2])]
            as [(UInt64, [UInt64])]
        {
            let target = JournalDirectory(path: "/restored-\(end)", files: disk)
            try disk.createDirectory(target.path)
            let outcome = try Self.copy(backup, target)
                .restore(to: .init(record: RecordNumber(rawValue: end)))
            let last = outcome.lastRecord.rawValue
            #expect(last > end - 30 && last <= end)
            let contents = try Contents(JournalReader(target, runOf: JournalHarness.run))
            let expected =
                left.isEmpty
                ? scene.acknowledged.filter { $0 <= last }
                : Set(scene.kept(without: [1, 2], in: 1...last).filter { $0 <= last })
            #expect(Set(contents.records) == expected, "restored to \(end)")
        }
    }

    @Test func `entries that were let go for later reasons are told of after a restore`() throws {
        let scene = try RewriteScene(segments: 4)
        let segments = try scene.segments
        let relied = segments[2].rawValue
        _ = try RewriteScene.rewriter(scene.harness).rewrite(
            [segments[0]], by: RewriteScene.without([4], reliedOn: relied)
        ) { _ in true }
        for (end, subjects) in [(relied - 1, [[4]]), (relied + 20, [])] as [(UInt64, [[UInt64]])] {
            let (harness, _) = try Self.restored(
                scene.harness.directory, to: .init(record: RecordNumber(rawValue: end)))
            let journal = try harness.open()
            #expect(journal.report.unexplained.map(\.subjects) == subjects)
        }
    }

    @Test func `whatever change the power goes at, the copy is a beginning of the journal`() throws
    {
        let scene = try RewriteScene(segments: 5)
        let segments = try scene.segments
        func work(_ harness: JournalHarness) {
            do {
                let backup = try Self.backup(harness)
                _ = try Self.copy(harness.directory, backup).backUp(linking: true)
                try RewriteScene.rewrite(
                    Array(segments[0...1]), on: harness, without: [1])
                _ = try Self.copy(harness.directory, backup).backUp(linking: false)
            } catch {
                // The power is gone.
            }
        }
        let whole = JournalHarness(scene.harness.disk.copy())
        work(whole)
        for change in 0...whole.disk.changeCount {
            let harness = JournalHarness(scene.harness.disk.copy())
            harness.disk.losePower(beforeChange: change)
            work(harness)
            for seed in 0..<3 as Range<UInt64> {
                let place = "change \(change), seed \(seed)"
                let crashed = JournalHarness(harness.disk.afterCrash(seed: seed))
                guard try crashed.disk.status(Self.backupPath) != nil else { continue }
                let backup = try Self.backup(crashed)
                let contents = try Contents(JournalReader(backup, runOf: JournalHarness.run))
                #expect(contents.wrong.isEmpty && contents.lost.isEmpty, "\(place)")
                let last = contents.records.last ?? 0
                #expect(
                    Set(contents.records) == scene.acknowledged.filter { $0 <= last }, "\(place)")
                let outcome = try Self.copy(crashed.directory, backup).backUp(linking: true)
                let after = try Contents(JournalReader(backup, runOf: JournalHarness.run))
                #expect(after.records.last == scene.acknowledged.max(), "\(place)")
                #expect(outcome.losses.isEmpty, "\(place)")
            }
        }
    }

    @Test func `a journal is not restored over another one`() throws {
        let scene = try RewriteScene()
        #expect(throws: JournalError.notEmpty(JournalHarness.path)) {
            try Self.copy(scene.harness.directory, scene.harness.directory).restore(to: .all)
        }
    }

    @Test func `a file that becomes shorter while it is copied leaves an error, and no copy`()
        throws
    {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.fill()
        try journal.append([20, 30])
        try journal.sink.close()
        let backup = try Self.backup(harness)
        let segment = try #require(try harness.directory.segments().first)
        let file = try SegmentFile(try harness.directory.open(segment), segment: segment)
        harness.disk.damage(harness.directory.segmentPath(segment)) { $0.removeLast() }
        var outcome = JournalCopy.Outcome()
        #expect(throws: JournalError.self) {
            try Self.copy(harness.directory, backup).place(file, linking: false, &outcome)
        }
        #expect(try backup.segments().isEmpty)
    }
}
