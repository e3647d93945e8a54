import Coordinator
import Platform
import ReadModels
import StreamArchive
import TestSupport
import Testing

@testable import Archivist

/// The same trouble at each call of the store's door, one after the other: it fails, it does what
/// it was asked for and does not say so, it takes longer than the lease.
struct StoreTroubleTests {
    /// Archives a new stream for each call of the door, with trouble at that call, until there is
    /// one call too many; then once more without.
    private static func atEachCall(
        of fixture: ArchivistFixture,
        _ store: (_ troubled: Int) -> WatchedStore
    ) async throws -> Int {
        var call = 0
        while true {
            let name = "s\(call)"
            try await fixture.deliver(0..<20, to: name, terminalIndex: 19)
            await fixture.advance(301)
            let watched = store(call)
            _ = try await fixture.archiveDue(into: watched)
            await fixture.advance(7201)
            #expect(try await fixture.archiveDue() == [], "call \(call)")
            let stream = try #require(fixture.stream(name))
            #expect(stream.archivalState == .archivedComplete, "call \(call)")
            let objects = fixture.objects.filter { $0.contains("/\(name)/") }
            #expect(objects.count == 2, "call \(call): \(objects)")
            let url = try #require(stream.archive?.stream.url)
            let entries = try #require(fixture.archive.name(of: url))
            #expect(try fixture.archive.size(of: entries) == stream.archive?.stream.size)
            #expect(try await fixture.indexes(of: name) == Array(0..<20), "call \(call)")
            call += 1
            if watched.callCount < call { return call - 1 }
        }
    }

    @Test func `a store that fails at any call has the stream archived later, once and whole`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        let calls = try await Self.atEachCall(of: fixture) { troubled in
            WatchedStore(
                fixture.archive,
                before: { call throws(ObjectError) in
                    if call == troubled { throw .unavailable("store", reason: "down") }
                })
        }
        #expect(calls > 10)
        try await fixture.stop()
    }

    @Test func `a call that was done and whose answer got lost leaves no second archive`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        let calls = try await Self.atEachCall(of: fixture) { troubled in
            WatchedStore(
                fixture.archive,
                after: { call throws(ObjectError) in
                    if call == troubled { throw .unavailable("store", reason: "no answer") }
                })
        }
        #expect(calls > 10)
        try await fixture.stop()
    }

    @Test func `a lease that ends at any call, with a second archivist, makes one archive`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        let (local, clock, archive) = (fixture.local, fixture.clock, fixture.archive)
        let processor = fixture.store.processor
        let calls = try await Self.atEachCall(of: fixture) { troubled in
            WatchedStore(
                archive,
                before: { call throws(ObjectError) in
                    guard call == troubled else { return }
                    clock.advance(by: .seconds(601))
                    let fired = Monitor(false)
                    processor.submit([]) { _ in fired.update { $0 = true } }
                    fired.wait { $0 ? () : nil }
                    do throws(CoordinatorTrouble) {
                        var batch = ArchiveBatch(
                            archive, local, ArchivistOptions(), clock: clock,
                            isStopping: { false }, rest: {})
                        try batch.run(try local.lease(100, for: .seconds(600)))
                        #expect(batch.outcome.archived == 1, "call \(call)")
                    } catch {
                        Issue.record(error)
                    }
                })
        }
        #expect(calls > 10)
        try await fixture.stop()
    }

    @Test func `while the store is down for hours appends go on, tasks wait, and all is told`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        let store = WatchedStore(
            fixture.archive,
            before: { _ throws(ObjectError) in throw .unavailable("store", reason: "down") })
        try await fixture.deliver(0..<20, to: "out", terminalIndex: 19)
        await fixture.advance(301)
        let due = fixture.clock.wall()
        var attempts = 0
        for minute in 0..<360 {
            attempts += try await fixture.archiveDue(into: store).count
            let index = UInt64(minute)
            try await fixture.deliver(index..<index + 1, to: "live")
            await fixture.advance(60)
        }
        // 1, 2, 4, … seconds, looked at once a minute, and two hours at most.
        #expect(attempts > 6 && attempts < 20)
        let backlog = fixture.store.readModel.archivalBacklog
        #expect(backlog.tasks == 1)
        #expect(try #require(backlog.since) <= due)
        #expect(fixture.objects == [])
        #expect(try await fixture.indexes(of: "out").count == 20)
        #expect(try await fixture.indexes(of: "live").count == 360)
        await fixture.advance(7201)
        #expect(try await fixture.archiveDue() == [])
        #expect(fixture.stream("out")?.archivalState == .archivedComplete)
        #expect(fixture.store.readModel.archivalBacklog.tasks == 0)
        #expect(fixture.objects.count == 2)
        try await fixture.stop()
    }
}
