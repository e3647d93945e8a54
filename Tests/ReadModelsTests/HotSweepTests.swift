import Coordinator
import Journal
import Platform
import Testing
import Tumble

@testable import ReadModels

/// The catalog's thread sweeps the hot model while another thread applies a commit to it.
struct HotSweepTests {
    private static let now = Timestamp(microseconds: 20_000_000)
    private static let kept = RecordNumber(rawValue: 9)

    private static func archive() -> ArchiveInfo {
        let object = ArchiveObject(url: "archive:///o", size: 1)
        return ArchiveInfo(
            time: Timestamp(microseconds: 5_000_000), entryCount: 1, stream: object, index: object)
    }

    @Test func `what a commit in hand has changed stays until the catalog has that commit`() throws
    {
        let archive = Self.archive()
        let warm = try CatalogRowsFixture.prefix(1, "warm")
        let open = try CatalogRowsFixture.stream(2, of: warm, "open")
        let prefix = try CatalogRowsFixture.prefix(3, "cold")
        let archived = try CatalogRowsFixture.stream(4, of: prefix, "archived", archive: archive)
        let cold = Family(prefix: prefix, streams: [archived])
        // Given a family in memory that is not finished, and one that is and is not there.
        let machine = CoordinatorMachine()
        let whole = CoordinatorState(
            prefixes: [warm, prefix], streams: [open, archived], tasks: [])
        let state = CoordinatorState(
            prefixes: [warm], streams: [open], digest: machine.digest(of: whole))
        let model = Lock<HotModel?>(nil)
        let sweeps = Lock(0)
        let catalog = ScriptedCatalog { _ in
            // Once to find what is finished, once to let it go.
            let hot = model.withLock { $0 }
            for _ in 0..<2 { hot?.sweep(kept: Self.kept, grace: .zero) }
            sweeps.withLock { $0 += 1 }
            return cold
        }
        let hot = HotModel(
            machine: machine,
            snapshot: Snapshot(state: state, reached: Self.kept, time: Self.now, pending: []),
            families: CatalogFamilies(catalog) { Self.kept })
        model.withLock { $0 = hot }
        // When a commit finishes the first and, behind that, changes the second, which is read and
        // while it is, the catalog's thread sweeps.
        let first = RecordNumber(rawValue: 10)
        let commit = DurableCommit<CoordinatorMachine>(
            first: first, last: first.next, time: Self.now,
            events: [
                (first, .streamArchived(stream: open.id, terminalIndex: 0, archive: archive)),
                (first.next, .streamPurged(stream: archived.id, purged: true, at: Self.now)),
            ], processor: [], runs: [])
        _ = hot.publish(commit, isLive: false)
        // Then the first is still there: the catalog does not know yet that it is archived.
        #expect(sweeps.withLock { $0 } > 0)
        #expect(hot.stream(open.id)?.archive == archive)
        #expect(hot.stream(archived.id)?.purged == true)
        // And it leaves once the catalog has the commit.
        for _ in 0..<2 { hot.sweep(kept: first.next, grace: .zero) }
        #expect(hot.stream(open.id) == nil)
    }
}
