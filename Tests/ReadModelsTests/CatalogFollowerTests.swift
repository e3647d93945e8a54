import Coordinator
import Journal
import Platform
import Testing

@testable import ReadModels

struct CatalogFollowerTests {
    @Test func `a flush puts everything that was handed over into the catalog`() throws {
        let catalog = ScriptedCatalog()
        let follower = CatalogFollower(following: catalog, from: .none)
        for record in 1...5 as ClosedRange<UInt64> { follower.add(.upTo(record, events: 1)) }
        follower.flush()
        #expect(catalog.recorded.last == 5)
        #expect(follower.status.reached == RecordNumber(rawValue: 5))
        #expect(follower.status.lagEvents == 0)
        follower.stop()
    }

    @Test func `stop records what is left`() {
        let catalog = ScriptedCatalog()
        let follower = CatalogFollower(following: catalog, from: .none)
        follower.add(.upTo(3, events: 1))
        follower.stop()
        follower.stop()
        #expect(catalog.recorded.last == 3)
    }

    @Test func `whoever waits for a record is answered once it is in the catalog`() async throws {
        let catalog = ScriptedCatalog()
        let follower = CatalogFollower(following: catalog, from: .none)
        defer { follower.stop() }
        follower.add(.upTo(7, events: 1))
        try await follower.wait(until: RecordNumber(rawValue: 7), deadline: .soon)
        #expect(catalog.recorded.last == 7)
        try await follower.wait(until: RecordNumber(rawValue: 2), deadline: .soon)
    }

    @Test func `a wait ends at its deadline and says how far the catalog is`() async {
        let follower = CatalogFollower(
            following: ScriptedCatalog(), from: RecordNumber(rawValue: 4))
        defer { follower.stop() }
        await #expect(
            throws: ReadError.catalogBehind(
                reached: RecordNumber(rawValue: 4), wanted: RecordNumber(rawValue: 5))
        ) {
            try await follower.wait(until: RecordNumber(rawValue: 5), deadline: .now)
        }
    }

    @Test func `a cancelled wait ends at once`() async {
        let follower = CatalogFollower(following: ScriptedCatalog(), from: .none)
        defer { follower.stop() }
        let wait = Task {
            try await follower.wait(
                until: RecordNumber(rawValue: 1), deadline: .now + .seconds(3600))
        }
        wait.cancel()
        #expect(await !wait.result.isSuccess)
    }

    @Test func `waits end when the program stops`() async {
        let follower = CatalogFollower(following: ScriptedCatalog(), from: .none)
        let wait = Task {
            try await follower.wait(
                until: RecordNumber(rawValue: 1), deadline: .now + .seconds(3600))
        }
        follower.stop()
        await #expect(throws: ReadError.stopped) { try await wait.value }
    }

    @Test func `a refused batch is kept, shown and tried again together with what is newer`() {
        let catalog = ScriptedCatalog(refusals: 1)
        let follower = CatalogFollower(following: catalog, from: .none)
        follower.add(.upTo(1, events: 3))
        follower.flush()
        #expect(follower.status.failure == .unavailable("scripted"))
        #expect(follower.status.lagEvents == 3)
        follower.add(.upTo(2, events: 4))
        follower.stop()
        #expect(catalog.recorded == [2])
        #expect(follower.status.failure == nil)
    }

    @Test func `far behind the follower says that registrations should slow down`() {
        let gate = Monitor(false)
        let catalog = ScriptedCatalog(gate: gate)
        let follower = CatalogFollower(following: catalog, from: .none)
        follower.add(.upTo(1, events: CatalogFollower.slowingLag - 1))
        #expect(!follower.status.isSlowing)
        follower.add(.upTo(2, events: 1))
        #expect(follower.status.isSlowing)
        gate.update { $0 = true }
        follower.flush()
        #expect(!follower.status.isSlowing)
        follower.stop()
    }
}

extension ContinuousClock.Instant {
    /// Long enough for anything that is going to happen at all.
    fileprivate static var soon: ContinuousClock.Instant { .now + .seconds(60) }
}
