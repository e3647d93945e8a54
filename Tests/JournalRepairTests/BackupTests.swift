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
    private static let clock = ManualClock()

    /// A new directory below the system's temporary one.
    private static func directory() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "backup-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        return path
    }

    private static func open(_ data: String) throws -> CoordinatorStore {
        var options = JournalOptions()
        options.segmentSize = 64 << 10
        options.blockTarget = 1 << 10
        options.blockLimit = 4 << 10
        options.commitLimit = 16 << 10
        options.fillSlice = 16 << 10
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: "\(data)/journal", files: SystemFileSystem()),
            options: options, clock: clock, runOf: { machine.run(of: $0) }, holder: "test")
        #expect(journal.report.isClean, "\(journal.report)")
        let store = try CoordinatorStore.open(
            data, journal: journal, machine: machine, clock: clock, options: StoreOptions())
        store.start()
        return store
    }

    private static func register(_ prefixes: Range<Int>, in store: CoordinatorStore) async throws {
        for number in prefixes {
            var numbers = SeededNumbers(seed: UInt64(number))
            let noise = (0..<60).map { _ in String(numbers.next(), radix: 36) }
            let secret = try #require(Secret([UInt8](repeating: 7, count: Secret.length)))
            _ = try await store.processor.submit(
                .registerPrefix(
                    RegisterPrefix(
                        project: "proj", prefix: "p/\(number)", realm: nil, sourceInfo: noise,
                        nonce: [], window: .seconds(3600), secret: secret)))
        }
    }

    /// The state's digest and the last record of what is in a directory.
    private static func standing(
        _ data: String
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        let store = try open(data)
        let status = store.processor.status
        await store.stop()
        return (status.digest, status.durable)
    }

    private static func restore(
        _ backup: String, _ record: RecordNumber
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        let data = try directory()
        defer { do { try FileManager.default.removeItem(atPath: data) } catch {} }
        _ = try JournalRestore(from: backup, to: data, files: SystemFileSystem())
            .run(to: .init(record: record))
        return try await standing(data)
    }

    @Test(arguments: [true, false])
    func `a backup under load is restored to the digest that the original had`(
        _ linking: Bool
    ) async throws {
        let data = try Self.directory()
        let backup = try Self.directory()
        defer {
            for path in [data, backup] {
                do { try FileManager.default.removeItem(atPath: path) } catch {}
            }
        }
        let store = try Self.open(data)
        try await Self.register(0..<100, in: store)
        let early = store.processor.status
        let work = JournalBackup(of: data, to: backup, files: SystemFileSystem())
        // Several write while backups are taken.
        let outcomes = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    try await Self.register(writer * 1000..<writer * 1000 + 100, in: store)
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
        let data = try Self.directory()
        let target = try Self.directory()
        defer {
            for path in [data, target] {
                do { try FileManager.default.removeItem(atPath: path) } catch {}
            }
        }
        let store = try Self.open(data)
        try await Self.register(0..<40, in: store)
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
        #expect(try await Self.standing(target).digest == Self.standing(data).digest)
    }
}
