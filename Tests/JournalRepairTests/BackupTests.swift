import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels
import TestSupport
import Testing
import Tumble

@testable import JournalRepair

/// Backups of a store that is in use, and what is restored from them.
@Suite(.serialized)
struct BackupTests {
    private static func restore(
        _ backup: String, _ record: RecordNumber
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        try await BackupScene.restored { data in
            try JournalRestore(from: backup, to: data, files: SystemFileSystem())
                .run(to: .init(record: record))
        }
    }

    @Test(arguments: [true, false])
    func `a backup under load is restored to the digest that the original had`(
        _ linking: Bool
    ) async throws {
        let data = try BackupScene.directory()
        let backup = try BackupScene.directory()
        defer {
            for path in [data, backup] {
                do { try FileManager.default.removeItem(atPath: path) } catch {}
            }
        }
        let store = try BackupScene.open(data)
        try await BackupScene.register(0..<100, in: store)
        let early = store.processor.status
        let work = JournalBackup(of: data, to: backup, files: SystemFileSystem())
        // Several write while backups are taken.
        let outcomes = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    try await BackupScene.register(writer * 1000..<writer * 1000 + 100, in: store)
                }
            }
            var outcomes: [JournalCopy.Outcome] = []
            for _ in 0..<5 { outcomes.append(try work.run(linking: linking)) }
            try await group.waitForAll()
            return outcomes
        }
        #expect(outcomes.allSatisfy { $0.losses.isEmpty })
        let late = store.processor.status
        await store.stop()
        let last = try work.run(linking: linking)
        #expect(last.lastRecord >= late.durable && last.present + last.linked + last.copied > 3)

        #expect(try await Self.restore(backup, early.durable).digest == early.digest)
        #expect(try await Self.restore(backup, .last).digest == late.digest)
        for outcome in outcomes {
            let restored = try await Self.restore(backup, outcome.lastRecord)
            let original = try await Self.restore(data, outcome.lastRecord)
            #expect(restored.last == outcome.lastRecord)
            #expect(restored.digest == original.digest && restored.last == original.last)
        }
    }

    @Test func `nothing is restored over a journal, and a broken restore leaves none`()
        async throws
    {
        let data = try BackupScene.directory()
        let target = try BackupScene.directory()
        defer {
            for path in [data, target] {
                do { try FileManager.default.removeItem(atPath: path) } catch {}
            }
        }
        let store = try BackupScene.open(data)
        try await BackupScene.register(0..<40, in: store)
        await store.stop()
        let files = SystemFileSystem()
        #expect(throws: JournalError.notEmpty("\(data)/journal")) {
            try JournalRestore(from: data, to: data, files: files).run(to: .all)
        }
        // What an earlier restore left half way is begun anew.
        try files.createDirectory("\(target)/journal.restore")
        try files.open("\(target)/journal.restore/00000000000000000001.seg", .create).close()
        _ = try JournalRestore(from: data, to: target, files: files).run(to: .all)
        #expect(try files.list(target) == ["journal"])
        #expect(try await BackupScene.standing(target).digest == BackupScene.standing(data).digest)
    }
}
