import Coordinator
import Journal
import LogDogModel
import Platform
import ReadModels
import StreamArchive
import TestSupport
import Testing

@testable import Archivist

/// What an archivist does when the store, the disk or another archivist gets into its way.
struct BadDayTests {
    @Test func `wherever the power of the store goes, the stream is archived once and whole`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        var change = 0
        var wentThrough = false
        while !wentThrough {
            let name = "s\(change)"
            try await fixture.deliver(0..<20, to: name, terminalIndex: 19)
            await fixture.advance(301)
            let disk = SimulatedDisk()
            let store = try DirectoryStore.open("/archive", files: disk)
            disk.losePower(beforeChange: disk.changeCount + change)
            wentThrough = try await fixture.archiveDue(into: store).isEmpty
            let after = disk.afterCrash(seed: UInt64(change))
            let again = try DirectoryStore.open("/archive", files: after)
            if fixture.stream(name)?.archive == nil {
                await fixture.advance(700)
                #expect(try await fixture.archiveDue(into: again) == [], "change \(change)")
            }
            let archive = try #require(fixture.stream(name)?.archive, "change \(change)")
            let entries = try #require(again.name(of: archive.stream.url))
            #expect(try again.size(of: entries) == archive.stream.size, "change \(change)")
            let objects = after.files.keys.filter { $0.contains("/\(name)/") }
            #expect(objects.count == 2, "change \(change): \(objects)")
            change += 1
        }
        #expect(change > 8)
        try await fixture.stop()
    }

    @Test func `a store that is full, down or in error has the task come back, and loses nothing`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<200, to: "out", terminalIndex: 199)
        await fixture.advance(301)
        fixture.disk.limit(to: 100)
        #expect(try await fixture.archiveDue().count == 1)
        #expect(fixture.stream("out")?.archive == nil)
        #expect(try await fixture.indexes(of: "out").count == 200)
        #expect(try await fixture.archiveDue() == [], "it is not due again at once")
        fixture.disk.limit(to: nil)
        for change in [SimulatedDisk.Change.create, .write, .syncAll, .link] {
            await fixture.advance(7201)
            fixture.disk.fail(change, code: 5)
            #expect(try await fixture.archiveDue().count == 1, "\(change)")
        }
        await fixture.advance(7201)
        #expect(try await fixture.archiveDue() == [])
        #expect(fixture.stream("out")?.archivalState == .archivedComplete)
        #expect(fixture.objects.count == 2, "what earlier attempts left is removed")
        try await fixture.stop()
    }

    @Test func `what reads back differently is not reported`() async throws {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<200, to: "out", terminalIndex: 199)
        await fixture.advance(301)
        let reasons = try await fixture.archiveDue(into: LyingStore(store: fixture.archive))
        #expect(reasons == ["the archive reads back differently from what was written"])
        #expect(fixture.stream("out")?.archive == nil)
        await fixture.advance(2)
        #expect(try await fixture.archiveDue() == [])
        #expect(try await fixture.indexes(of: "out").count == 200)
        try await fixture.stop()
    }

    @Test func `entries that come while an archive is written are in the next attempt`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<10, to: "out", terminalIndex: 19)
        await fixture.advance(301)
        let late = try ArchivistFixture.delivery(10..<20, to: "out", terminalIndex: nil)
        let processor = fixture.store.processor
        let coordinator = InterruptedCoordinator(coordinator: fixture.local) {
            let done = Monitor(false)
            processor.submit([late]) { _ in done.update { $0 = true } }
            done.wait { $0 ? () : nil }
        }
        #expect(try await fixture.archiveDue(as: coordinator).count == 1)
        #expect(fixture.stream("out")?.archive == nil)
        await fixture.advance(2)
        #expect(try await fixture.archiveDue() == [])
        #expect(fixture.stream("out")?.archive?.entryCount == 20)
        #expect(fixture.objects.count == 2)
        try await fixture.stop()
    }

    @Test func `of two archivists with one task the first to report is believed`() async throws {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<10, to: "out", terminalIndex: 9)
        await fixture.advance(301)
        let (local, clock, archive) = (fixture.local, fixture.clock, fixture.archive)
        let processor = fixture.store.processor
        // The lease of the first runs out while it writes; a second one does the task meanwhile.
        let slow = InterruptedCoordinator(coordinator: local) {
            clock.advance(by: .seconds(601))
            let fired = Monitor(false)
            processor.submit([]) { _ in fired.update { $0 = true } }
            fired.wait { $0 ? () : nil }
            do {
                var batch = ArchiveBatch(
                    archive, local, ArchivistOptions(), clock: clock, isStopping: { false },
                    rest: {})
                try batch.run(try local.lease(100, for: .seconds(600)))
                #expect(batch.outcome.archived == 1)
            } catch {
                Issue.record(error)
            }
        }
        #expect(try await fixture.archiveDue(as: slow) == [])
        #expect(fixture.stream("out")?.archivalState == .archivedComplete)
        #expect(fixture.objects.count == 2)
        #expect(try await fixture.indexes(of: "out").count == 10)
        try await fixture.stop()
    }

    @Test func `a damaged archive is read from the journal, and written anew`() async throws {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<300, to: "out", terminalIndex: 299)
        await fixture.advance(301)
        #expect(try await fixture.archiveDue() == [])
        let whole = fixture.disk.files
        let id = try #require(fixture.stream("out")?.id)
        for path in fixture.objects {
            // The index in memory is still right.
            fixture.store.readModel.archives.forget(damaged: id)
            fixture.disk.damage(path) { $0[$0.count / 2] ^= 1 }
            #expect(try await fixture.indexes(of: "out").count == 300, "\(path)")
            let damaged = try #require(fixture.local.damaged().first, "\(path)")
            let healing = ArchiveHealing(
                store: fixture.archive, coordinator: fixture.local, sparsity: { _ in .usual },
                isStopping: { false })
            #expect(try await ArchivistFixture.onThread { healing.heal(damaged) } == nil)
            #expect(fixture.disk.files[path] == whole[path])
            #expect(fixture.local.damaged().isEmpty)
            #expect(try await fixture.indexes(of: "out").count == 300)
            #expect(fixture.local.damaged().isEmpty, "it is read without complaint")
        }
        try await fixture.stop()
    }
}

/// A store whose reads give a wrong byte.
private struct LyingStore: ObjectStore {
    let store: DirectoryStore

    var location: String { store.location }
    func url(of name: ObjectName) -> String { store.url(of: name) }
    func name(of url: String) -> ObjectName? { store.name(of: url) }
    func size(of name: ObjectName) throws(ObjectError) -> UInt64? { try store.size(of: name) }
    func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8] {
        var bytes = try store.read(range, of: name)
        if !bytes.isEmpty { bytes[bytes.count / 2] ^= 0x40 }
        return bytes
    }
    func beginGroup() throws(ObjectError) -> any ObjectGroup { try store.beginGroup() }
    func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError) {
        try store.replace(name, with: upload)
    }
    func remove(_ name: ObjectName) throws(ObjectError) { try store.remove(name) }
    func presignedURL(of name: ObjectName, lifetime: Duration, at now: Timestamp) -> String? {
        nil
    }
}

/// A Coordinator before whose first report something happens.
private struct InterruptedCoordinator: ArchivalCoordinator {
    let coordinator: LocalCoordinator
    let interruption: @Sendable () -> Void

    func lease(_ limit: Int, for lease: Duration) throws(CoordinatorTrouble) -> [TaskTicket] {
        try coordinator.lease(limit, for: lease)
    }
    func load(_ ticket: TaskTicket) throws(CoordinatorTrouble) -> Assignment? {
        try coordinator.load(ticket)
    }
    func visitEntries(
        of assignment: Assignment, _ body: (UInt64, ArraySlice<UInt8>) -> Bool
    ) throws(CoordinatorTrouble) {
        try coordinator.visitEntries(of: assignment, body)
    }
    func report(_ reports: [ArchiveReport]) throws(CoordinatorTrouble) -> [ReportOutcome] {
        interruption()
        return try coordinator.report(reports)
    }
    func acknowledge(_ tickets: [TaskTicket]) throws(CoordinatorTrouble) {
        try coordinator.acknowledge(tickets)
    }
    func giveBack(_ ticket: TaskTicket, because reason: String) throws(CoordinatorTrouble) {
        try coordinator.giveBack(ticket, because: reason)
    }
}
