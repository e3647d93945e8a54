import Coordinator
import Foundation
import Journal
import Platform
import ReadModels
import StreamArchive
import TestSupport
import Testing
import Tumble

@testable import JournalRepair
@testable import S3Store

/// Backups in a store of objects, and what is restored from them.
@Suite(.serialized)
struct ObjectBackupTests {
    private static let files = SystemFileSystem()

    private static func backUp(
        _ data: String, to store: any ListedStore
    ) throws(BackupError) -> ObjectBackup.Outcome {
        try ObjectBackup(of: data, to: store, files: files).run()
    }

    private static func restored(
        _ store: any ListedStore, to end: JournalCopy.End = .all
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        try await BackupScene.restored { data in
            let outcome = try ObjectRestore(from: store, to: data, files: files).run(to: end)
            #expect(try files.list(data) == ["journal"])
            return outcome
        }
    }

    private static func names(_ store: any ListedStore, _ folder: String) throws -> [String] {
        try store.objects(in: try #require(ObjectName(folder))).map(\.name.rawValue)
    }

    /// A journal of several segments, and its state.
    private static func fill(
        _ data: String, _ prefixes: Range<Int>
    ) async throws -> (digest: StateDigest, last: RecordNumber) {
        let store = try BackupScene.open(data)
        try await BackupScene.register(prefixes, in: store)
        let status = store.processor.status
        await store.stop()
        return (status.digest, status.durable)
    }

    @Test func `a backup under load is restored to the digest that the original had`()
        async throws
    {
        try await BackupScene.withDirectories(2) { paths in
            try await underLoad(paths[0], to: DirectoryStore.open(paths[1], files: Self.files))
        }
    }

    @Test func `the same in a bucket of a service`() async throws {
        guard let endpoint = MotoServer.endpoint else { return }
        let store = try S3Store.open(
            "s3://backups-\(UUID().uuidString.lowercased())/of/one",
            environment: [
                "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "k",
                "AWS_SECRET_ACCESS_KEY": "s",
            ], files: Self.files, clock: SystemClock(), randomness: SystemRandomness())
        try await BackupScene.withDirectories(1) { paths in
            _ = try await Self.fill(paths[0], 5000..<5001)
            let error = #expect(throws: BackupError.self) {
                try Self.backUp(paths[0], to: store)
            }
            guard case .store(.refused(_, "there is no such bucket")) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            _ = try store.client.send(.init(method: .PUT, key: ""))
            try await underLoad(paths[0], to: store)
        }
    }

    private func underLoad(_ data: String, to backups: any ListedStore) async throws {
        let store = try BackupScene.open(data)
        try await BackupScene.register(0..<100, in: store)
        let early = store.processor.status
        let outcomes = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    try await BackupScene.register(
                        writer * 1000..<writer * 1000 + 100, in: store)
                }
            }
            var outcomes: [ObjectBackup.Outcome] = []
            for _ in 0..<4 { outcomes.append(try Self.backUp(data, to: backups)) }
            try await group.waitForAll()
            return outcomes
        }
        #expect(outcomes.allSatisfy { $0.copy.losses.isEmpty && $0.leftover == nil })
        let late = store.processor.status
        await store.stop()
        let last = try Self.backUp(data, to: backups)
        #expect(last.copy.lastRecord >= late.durable)
        #expect(last.lost.isEmpty)
        // The last one has all that the others had: they are gone, with their ends.
        #expect(try Self.names(backups, "backups").count == 1)
        let again = try Self.backUp(data, to: backups)
        #expect(again.copy.copied == 0 && again.copy.lastRecord == last.copy.lastRecord)
        let segments = try Self.names(backups, "segments")
        #expect(segments.count == again.copy.present)

        #expect(try await Self.restored(backups).digest == late.digest)
        for record in [early.durable] + outcomes.map(\.copy.lastRecord) {
            let restored = try await Self.restored(backups, to: .init(record: record))
            let original = try await BackupScene.restored { target in
                try JournalRestore(from: data, to: target, files: Self.files)
                    .run(to: .init(record: record))
            }
            #expect(restored.digest == original.digest && restored.last == original.last)
            #expect(restored.last == record)
        }
    }

    enum Trouble: CaseIterable {
        case notDone
        case notAnswered
    }

    /// A store that goes away at a call, which changes nothing or is done and not answered.
    private static func troubled(
        _ store: DirectoryStore, _ trouble: Trouble, fromCall first: Int
    ) -> WatchedStore {
        @Sendable func away(_ call: Int) -> ObjectError {
            .unavailable("store", reason: "call \(call)")
        }
        return WatchedStore(store) { (call) throws(ObjectError) in
            if call > first || (call == first && trouble == .notDone) { throw away(call) }
        } after: { (call) throws(ObjectError) in
            if call == first { throw away(call) }
        }
    }

    @Test(arguments: Trouble.allCases)
    func `a backup that ends at any call leaves the earlier ones, and the next one is whole`(
        _ trouble: Trouble
    ) async throws {
        try await BackupScene.withDirectories(3) { paths in
            let (data, first) = (paths[0], paths[1])
            let early = try await Self.fill(data, 0..<60)
            let untroubled = try DirectoryStore.open(first, files: Self.files)
            _ = try Self.backUp(data, to: untroubled)
            let late = try await Self.fill(data, 1000..<1060)
            var call = 0
            var calls = Int.max
            while call <= calls {
                let copy = "\(paths[2])/\(call)"
                try FileManager.default.copyItem(atPath: first, toPath: copy)
                let store = try DirectoryStore.open(copy, files: Self.files)
                let troubled = Self.troubled(store, trouble, fromCall: call)
                var isDone = false
                do throws(BackupError) {
                    let outcome = try Self.backUp(data, to: troubled)
                    isDone = true
                    #expect((outcome.leftover != nil) == (call < troubled.callCount))
                } catch {
                    guard case .store(.unavailable) = error else { throw error }
                }
                if call >= troubled.callCount { calls = call }
                // Restoring is tried where it matters: every restore opens a journal.
                if call % 5 == 0 || isDone {
                    let end = JournalCopy.End(record: early.last)
                    #expect(try await Self.restored(store, to: end).digest == early.digest)
                    if isDone { #expect(try await Self.restored(store).digest == late.digest) }
                }
                let next = try Self.backUp(data, to: store)
                #expect(next.leftover == nil && next.copy.lastRecord >= late.last)
                #expect(try Self.names(store, "backups").count == 1, "call \(call)")
                #expect(
                    try Self.names(store, "segments").count == next.copy.present + next.copy.copied)
                if call % 5 == 1 {
                    #expect(try await Self.restored(store).digest == late.digest)
                }
                try FileManager.default.removeItem(atPath: copy)
                call += 1
            }
            #expect(calls > 15)
        }
    }

    @Test func `what was held before newer segments were merged can still be restored to`()
        async throws
    {
        try await BackupScene.withDirectories(2) { paths in
            let data = paths[0]
            let early = try await Self.fill(data, 0..<60)
            let store = try DirectoryStore.open(paths[1], files: Self.files)
            _ = try Self.backUp(data, to: store)
            let late = try await Self.fill(data, 1000..<1060)
            let journal = JournalDirectory(path: "\(data)/journal", files: Self.files)
            let sealed = try journal.segments().dropLast()
            let machine = CoordinatorMachine()
            _ = try SegmentRewriter(journal) { machine.run(of: $0) }
                .rewrite(Array(sealed), by: .keepAll) { _ in true }
            #expect(try journal.segments().count == 2)
            let next = try Self.backUp(data, to: store)
            #expect(next.copy.copied == 2 && next.leftover == nil)
            #expect(try Self.names(store, "backups").count == 2)
            #expect(try Self.names(store, "segments").count == sealed.count + 2)
            // The earlier one reaches so far, and has what it needs.
            let restored = try await Self.restored(store, to: .init(record: early.last))
            #expect(restored.digest == early.digest)
            #expect(try await Self.restored(store).digest == late.digest)
        }
    }

    @Test func `what the store loses is sent again, and a restore names what is damaged`()
        async throws
    {
        try await BackupScene.withDirectories(2) { paths in
            let state = try await Self.fill(paths[0], 0..<160)
            let store = try DirectoryStore.open(paths[1], files: Self.files)
            _ = try Self.backUp(paths[0], to: store)
            let segments = try Self.names(store, "segments")
            try #require(segments.count > 3)
            for (segment, reason) in [
                (segments[1], "it is missing"), (segments[2], "its checksum does not fit"),
            ] {
                let path = "\(paths[1])/\(segment)"
                let bytes = try Data(contentsOf: URL(filePath: path))
                try FileManager.default.removeItem(atPath: path)
                if segment == segments[2] {
                    try Data(bytes.dropLast(10)).write(to: URL(filePath: path))
                }
                await #expect(
                    throws: BackupError.damaged(object: "archive:///\(segment)", reason: reason)
                ) { try await Self.restored(store) }
                let healed = try Self.backUp(paths[0], to: store)
                #expect(healed.lost == ["archive:///\(segment)"] && healed.copy.copied == 1)
                #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
                #expect(try await Self.restored(store).digest == state.digest)
            }
        }
    }

    @Test func `another journal, a number that is taken and an empty place are refused`()
        async throws
    {
        try await BackupScene.withDirectories(3) { paths in
            let store = try DirectoryStore.open(paths[2], files: Self.files)
            await #expect(throws: BackupError.empty(place: paths[2])) {
                try await Self.restored(store)
            }
            _ = try await Self.fill(paths[0], 0..<60)
            _ = try Self.backUp(paths[0], to: store)
            let before = try Self.names(store, "backups")
            // One that is shorter, and one that is longer.
            for prefixes in [2000..<2010, 2010..<2100] {
                _ = try await Self.fill(paths[1], prefixes)
                let error = #expect(throws: BackupError.self) {
                    try Self.backUp(paths[1], to: store)
                }
                guard case .anotherJournal? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            #expect(try Self.names(store, "backups") == before)
            let place = BackupPlace(store: store)
            let taken = try #require(try place.backups().first)
            try place.create(taken)
            let other = BackupManifest(number: taken.number, segments: [taken.segments[0]])
            #expect(throws: BackupError.overtaken(place: paths[2])) { try place.create(other) }
        }
    }
}
