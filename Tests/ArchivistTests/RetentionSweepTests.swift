import Coordinator
import Foundation
import LogDogModel
import Platform
import ReadModels
import StreamArchive
import TestSupport
import Testing
import Tumble

@testable import Archivist

/// Retention on a Coordinator with archives: what leaves, with its objects, and what stays.
@Suite(.timeLimit(.minutes(5))) struct RetentionSweepTests {
    private static let day: Int64 = 86_400

    private static func sweep(
        _ fixture: ArchivistFixture, _ policy: RetentionPolicy = RetentionPolicy()
    ) -> RetentionSweep {
        RetentionSweep(fixture.store.processor, fixture.store.readModel, clock: fixture.clock) {
            _ in policy
        }
    }

    /// Looks once, and waits until all objects that are to go are gone.
    private static func look(_ sweep: RetentionSweep, _ fixture: ArchivistFixture) async throws {
        sweep.start()
        try await ArchivistFixture.onThread { sweep.lookNow() }
        try await ArchivistFixture.onThread { sweep.stop() }
        #expect(sweep.status.lastFailure == "")
        try await settle(fixture)
    }

    /// Waits until no removal is pending any more, or each has failed.
    private static func settle(_ fixture: ArchivistFixture) async throws {
        let processor = fixture.store.processor
        await processor.fireDue()
        while processor.status.pending > 0, processor.status.stuckEffects.isEmpty {
            await Task.yield()
            await processor.fireDue()
        }
    }

    private static func archived(_ names: [String]) async throws -> ArchivistFixture {
        let fixture = try await ArchivistFixture()
        for name in names {
            try await fixture.deliver(0..<50, to: name, terminalIndex: 49)
            await fixture.advance(301)
            #expect(try await fixture.archiveDue() == [])
            await fixture.advance(day - 301)
        }
        fixture.store.readModel.flushCatalog()
        return fixture
    }

    @Test func `streams leave with their archives at the age that a project says`() async throws {
        let fixture = try await Self.archived(["a", "b", "c"])
        var policy = RetentionPolicy()
        policy.ages.archiveAge = .seconds(2 * Self.day)
        let sweep = Self.sweep(fixture, policy)
        let plan = try await ArchivistFixture.onThread { try sweep.plan() }
        #expect(plan.map(\.project) == [ArchivistFixture.project])
        #expect(plan.first?.byAge.streams == 1 && plan.first?.toMakeRoom.streams == 0)
        #expect(fixture.stream("a") != nil && fixture.objects.count == 6, "a plan changes nothing")
        try await Self.look(sweep, fixture)
        #expect(fixture.stream("a") == nil && fixture.stream("b") != nil)
        #expect(fixture.objects.count == 4)
        #expect(sweep.status.streams == 1)
        #expect(fixture.store.readModel.removals.removed == 2)
        #expect(fixture.store.readModel.removals.leftAlone == 0)
        try await fixture.stop()
    }

    @Test func `beyond its bytes a project loses its oldest archives, and no more than it must`()
        async throws
    {
        let fixture = try await Self.archived(["a", "b", "c", "d"])
        let each = try #require(fixture.stream("a")?.archive)
        var policy = RetentionPolicy()
        policy.archiveBytes = 2 * (each.stream.size + each.index.size) + 20
        try await Self.look(Self.sweep(fixture, policy), fixture)
        #expect(
            ["a", "b", "c", "d"].map { fixture.stream($0) == nil } == [true, true, false, false])
        try await Self.look(Self.sweep(fixture, policy), fixture)
        #expect(fixture.stream("c") != nil && fixture.objects.count == 4)
        try await fixture.stop()
    }

    @Test func `a hold keeps a prefix, and a pause everything, whatever their age`() async throws {
        let fixture = try await Self.archived(["a"])
        let prefix = try #require(fixture.stream("a")?.prefix)
        let processor = fixture.store.processor
        await fixture.advance(541 * Self.day)
        _ = try await processor.submit(.holdPrefix(HoldPrefix(prefix, isHeld: true)))
        try await Self.look(Self.sweep(fixture), fixture)
        #expect(fixture.stream("a") != nil)
        _ = try await processor.submit(.holdPrefix(HoldPrefix(prefix, isHeld: false)))
        _ = try await processor.submit(.pauseRetention(PauseRetention(isPaused: true)))
        try await Self.look(Self.sweep(fixture), fixture)
        #expect(fixture.stream("a") != nil && fixture.objects.count == 2)
        _ = try await processor.submit(.pauseRetention(PauseRetention(isPaused: false)))
        try await Self.look(Self.sweep(fixture), fixture)
        #expect(fixture.stream("a") == nil && fixture.objects.isEmpty)
        try await fixture.stop()
    }

    @Test func `what a store does not remove stays pending, and goes when it is back`() async throws
    {
        let fixture = try await Self.archived(["a"])
        let prefix = try #require(fixture.stream("a")?.prefix)
        fixture.disk.fail(.remove, sticky: true, code: 5)
        _ = try await fixture.store.processor.submit(.deletePrefix(DeletePrefix(prefix: prefix)))
        try await Self.settle(fixture)
        #expect(fixture.stream("a") == nil && fixture.objects.count > 0)
        let stuck = try #require(fixture.store.processor.status.stuckEffects.first)
        #expect(stuck.description == "remove 1 archives" && stuck.attempts >= 1)
        #expect(fixture.store.processor.status.pending > 0, "a restart does not forget it")
        fixture.disk.heal()
        // The next attempt comes by itself.
        while !fixture.objects.isEmpty { await Task.yield() }
        while fixture.store.processor.status.pending > 0 { await fixture.store.processor.fireDue() }
        try await fixture.stop()
    }

    @Test func `objects of another name, and those of a later stream of the path, are left alone`()
        async throws
    {
        let fixture = try await Self.archived(["a"])
        let stream = try #require(fixture.stream("a"))
        let archive = try #require(stream.archive)
        func name(_ url: String) throws -> ObjectName {
            try #require(fixture.archive.name(of: url))
        }
        func isOf(_ path: StreamPath, _ identity: String, _ name: ObjectName) -> Bool {
            ArchiveNames.isOf(path, in: ArchivistFixture.project, identity: identity, name)
        }
        for url in [archive.stream.url, archive.index.url] {
            let name = try name(url)
            #expect(isOf(stream.path, "\(stream.id.record)", name))
            #expect(!isOf(stream.path, "9999", name))
            #expect(!isOf(StreamPath(prefix: "builds/1", name: "b"), "\(stream.id.record)", name))
        }
        #expect(!isOf(stream.path, "1", try name("archive:///brought/along/logstream.entries")))
        let remote = ArchiveNames(
            project: ArchivistFixture.project, path: stream.path, identity: "t0123", version: 3)
        #expect(isOf(stream.path, "5", remote.index))
        #expect(
            ArchiveNames.isOfAnother(
                than: StreamPath(prefix: "x", name: "y"), in: ArchivistFixture.project,
                remote.entries))
        try await fixture.stop()
    }
}
