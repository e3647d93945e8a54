import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// A store whose journal is rewritten while it is used.
@Suite(.serialized)
struct RewritingTests {
    private static let prefix = "builds/1"
    private static let names = ["done", "partly", "failed", "live"]
    private static let entries: UInt64 = 240

    private static var options: StoreOptions {
        var options = StoreOptions()
        options.rewriting.segmentSize = 64 << 10
        options.rewriting.interval = .seconds(3600)
        options.rewriting.quietTime = .zero
        options.rewriting.deflatesBetter = false
        // What is in memory would hide what is on disk.
        options.recentBytes = 0
        options.blockCacheBytes = 0
        return options
    }

    /// Four streams of long entries side by side, in a few segments.
    private static func filled(_ fixture: StoreFixture) async throws -> CoordinatorStore {
        let store = try fixture.open(options)
        try await fixture.registerPrefix(prefix, in: store)
        for first in stride(from: 0, to: entries, by: 8) {
            for name in names {
                try await fixture.deliver(
                    first..<first + 8, to: name, of: prefix, length: 120, in: store)
            }
        }
        return store
    }

    private static func archive(
        _ name: String, entries: UInt64, isFailure: Bool = false, of fixture: StoreFixture,
        in store: CoordinatorStore
    ) async throws {
        let stream = try #require(fixture.stream(name, of: prefix, in: store))
        let object = ArchiveObject(url: "archive:///\(name)", size: 1)
        _ = try await store.processor.submit(
            .archiveStream(
                ArchiveStream(
                    .identity(stream.id), terminalIndex: Self.entries - 1, entryCount: entries,
                    stream: object, index: object, isFailure: isFailure)))
    }

    private static func count(
        _ name: String, of fixture: StoreFixture, in store: CoordinatorStore
    ) async throws -> Int {
        let stream = try #require(fixture.stream(name, of: prefix, in: store))
        return try await count(stream.id, in: store.readModel)
    }

    private static func count(_ stream: StreamID, in model: ReadModel) async throws -> Int {
        var found = 0
        while found < Int(entries) {
            let page = try await model.entryReaderPage(of: stream, from: Int64(found))
            guard !page.entries.isEmpty else { break }
            for entry in page.entries {
                #expect(
                    Array(entry.bytes) == StoreFixture.entry(UInt64(found), length: 120))
                found += 1
            }
        }
        return found
    }

    private static func diskUse(_ fixture: StoreFixture) throws -> Int {
        let reader = JournalReader(
            JournalDirectory(path: fixture.directory.path, files: SystemFileSystem()))
        return try reader.segments().filter(\.isSealed).reduce(0) { $0 + $1.size }
    }

    @Test func `what an archive holds leaves the journal, and nothing else does`() async throws {
        let fixture = try StoreFixture()
        var store = try await Self.filled(fixture)
        try await Self.archive("done", entries: Self.entries, of: fixture, in: store)
        try await Self.archive("partly", entries: Self.entries - 1, of: fixture, in: store)
        try await Self.archive("failed", entries: 0, isFailure: true, of: fixture, in: store)
        let before = try Self.diskUse(fixture)
        // The grace is not over: an archive could still be healed from the journal.
        fixture.clock.advance(by: .seconds(86_000))
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.leftOut == 0)
        fixture.clock.advance(by: .seconds(1_000))
        await store.rewriting.lookNow()
        let status = store.rewriting.status
        #expect(status.lastFailure == nil && status.rewritings > 0)
        #expect(status.bytesAfter < status.bytesBefore)
        #expect(try Self.diskUse(fixture) < before * 9 / 10)
        let digest = store.processor.status.digest
        for isReopened in [false, true] {
            if isReopened {
                await store.stop()
                store = try fixture.open(Self.options)
                #expect(store.processor.status.digest == digest)
            }
            for name in ["partly", "failed", "live"] {
                #expect(
                    try await Self.count(name, of: fixture, in: store) == Int(Self.entries),
                    "\(name), reopened: \(isReopened)")
            }
            let left = try await Self.count("done", of: fixture, in: store)
            // What lies in the open segment is still there.
            #expect(left < Int(Self.entries))
        }
        await store.stop()
    }

    @Test func `entries of a deleted prefix leave the journal, also after a start`() async throws {
        let fixture = try StoreFixture()
        var store = try await Self.filled(fixture)
        let prefix = try #require(fixture.stream("done", of: Self.prefix, in: store)).prefix
        let others = "builds/2"
        try await fixture.registerPrefix(others, in: store)
        try await fixture.deliver(0..<8, to: "other", of: others, length: 120, in: store)
        _ = try await store.processor.submit(.deletePrefix(DeletePrefix(prefix: prefix)))
        fixture.clock.advance(by: .seconds(10))
        await store.processor.fireDue()
        #expect(fixture.stream("done", of: Self.prefix, in: store) == nil)
        // What is known of the removal is in the journal, not in memory.
        await store.stop()
        store = try fixture.open(Self.options)
        let before = try Self.diskUse(fixture)
        let plan = try await store.rewriting.forecast()
        #expect(plan.streams == Self.names.count && plan.sealedBytes == before)
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.leftOut > 0)
        #expect(try Self.diskUse(fixture) < before / 3)
        #expect(try await store.rewriting.forecast().jobs.isEmpty)
        let other = try #require(fixture.stream("other", of: others, in: store))
        let page = try await store.readModel.entryReaderPage(of: other.id, from: 0)
        #expect(page.entries.count == 8)
        await store.stop()
    }

    @Test func `a full replay of a rewritten journal gives the same catalog`() async throws {
        let fixture = try StoreFixture()
        let store = try await Self.filled(fixture)
        try await Self.archive("done", entries: Self.entries, of: fixture, in: store)
        fixture.clock.advance(by: .seconds(100_000))
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.leftOut > 0)
        let digest = store.processor.status.digest
        await store.stop()
        let rows = try fixture.rows().filter { !$0.hasPrefix("segment:") }
        for companion in ["", "-wal", "-shm"] {
            let path = fixture.catalogPath + companion
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
        }
        let again = try fixture.open(Self.options)
        #expect(again.finding == .absent)
        #expect(again.processor.status.digest == digest)
        await again.stop()
        #expect(try fixture.rows().filter { !$0.hasPrefix("segment:") } == rows)
    }

    @Test func `whoever reads while segments are rewritten notices nothing`() async throws {
        let fixture = try StoreFixture()
        let store = try await Self.filled(fixture)
        try await Self.archive("done", entries: Self.entries, of: fixture, in: store)
        fixture.clock.advance(by: .seconds(100_000))
        let live = try #require(fixture.stream("live", of: Self.prefix, in: store)).id
        let model = store.readModel
        let reading = Task {
            var rounds = 0
            while !Task.isCancelled {
                let found = try await Self.count(live, in: model)
                #expect(found == Int(Self.entries), "round \(rounds)")
                rounds += 1
            }
            return rounds
        }
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.rewritings > 0)
        _ = try await Self.count("live", of: fixture, in: store)
        reading.cancel()
        #expect(try await reading.value > 0)
        await store.stop()
    }

    @Test func `it stands still while it is paused, and goes on when it may`() async throws {
        let fixture = try StoreFixture()
        let store = try await Self.filled(fixture)
        try await Self.archive("done", entries: Self.entries, of: fixture, in: store)
        fixture.clock.advance(by: .seconds(100_000))
        store.rewriting.pause()
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.rewritings == 0)
        #expect(store.rewriting.status.activity == .paused)
        store.rewriting.resume()
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.rewritings > 0)
        await store.stop()
        #expect(store.rewriting.status.activity == .stopped)
    }

    @Test func `when nobody writes segments are deflated again, once`() async throws {
        let fixture = try StoreFixture()
        var store = try await Self.filled(fixture)
        await store.stop()
        var options = Self.options
        options.rewriting.deflatesBetter = true
        store = try fixture.open(options)
        await store.rewriting.lookNow()
        let done = store.rewriting.status.rewritings
        #expect(done > 0 && store.rewriting.status.bytesAfter < store.rewriting.status.bytesBefore)
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.rewritings == done)
        for name in Self.names {
            #expect(try await Self.count(name, of: fixture, in: store) == Int(Self.entries))
        }
        await store.stop()
    }
}

extension ReadModel {
    /// What the journal holds, whatever an archive holds.
    fileprivate func entryReaderPage(
        of stream: StreamID, from index: Int64
    ) async throws -> EntryPage {
        let reader = entryReader
        return try await threads.run { () throws(ReadError) in
            try reader.read(stream, from: index, limits: ReadLimits(), source: .storage).page
        }
    }
}
