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

/// Stores with segments so small that a few hundred prefixes fill several.
enum BackupScene {
    static let clock = ManualClock()

    /// A new directory below the system's temporary one.
    static func directory() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "backup-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        return path
    }

    static func open(_ data: String) throws -> CoordinatorStore {
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

    static func register(_ prefixes: Range<Int>, in store: CoordinatorStore) async throws {
        for number in prefixes {
            var numbers = SeededNumbers(seed: UInt64(number))
            let noise = (0..<150).map { _ in String(numbers.next(), radix: 36) }
            let secret = try #require(Secret([UInt8](repeating: 7, count: Secret.length)))
            _ = try await store.processor.submit(
                .registerPrefix(
                    RegisterPrefix(
                        project: "proj", prefix: "p/\(number)", realm: nil, sourceInfo: noise,
                        nonce: [], window: .seconds(3600), secret: secret)))
        }
    }

    /// The state's digest and the last record of what is in a directory.
    static func standing(
        _ data: String
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        let store = try open(data)
        let status = store.processor.status
        await store.stop()
        return (status.digest, status.durable)
    }

    /// Runs `body` with new directories, which go afterwards.
    static func withDirectories<Result>(
        _ count: Int, _ body: ([String]) async throws -> Result
    ) async throws -> Result {
        let paths = try (0..<count).map { _ in try directory() }
        defer {
            for path in paths { do { try FileManager.default.removeItem(atPath: path) } catch {} }
        }
        return try await body(paths)
    }

    /// What `restore` makes of a new directory.
    static func restored(
        _ restore: (String) throws -> JournalCopy.Outcome
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        try await withDirectories(1) { paths in
            _ = try restore(paths[0])
            return try await standing(paths[0])
        }
    }
}
