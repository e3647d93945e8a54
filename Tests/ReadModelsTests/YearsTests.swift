import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// Three years of a Coordinator, lived through by a clock that is moved by hand: streams are
/// registered every month, archived, forgotten by archivists, left open, deleted and let go.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct YearsTests {
    private static let month = Duration.seconds(30 * 86_400)
    private static let months = 36
    /// The archivist never does the stream of this name.
    private static let abandoned = "step/2"

    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// What the state should say at the end of a month, and says after every restart.
    private struct Expected {
        var months: [Int] = []
        var deleted: Set<Int> = []
    }

    @Test func `years of registrations, archivals, failures, deletions and ages add up`()
        async throws
    {
        var expected = Expected()
        for month in 0..<Self.months {
            try await fixture.withStore { store in
                try await live(month, in: store, &expected)
                try await expect(expected, at: month, in: store)
            }
            // Every year the catalog is lost as well.
            guard month % 12 == 11 else { continue }
            try FileManager.default.removeItem(atPath: fixture.catalogPath)
            try await fixture.withStore { try await expect(expected, at: month, in: $0) }
        }
        try await expectSameRowsWithoutCatalog()
    }

    private func live(
        _ month: Int, in store: CoordinatorStore, _ expected: inout Expected
    ) async throws {
        let prefix = "m/\(month)"
        try await fixture.registerPrefix(prefix, in: store)
        for name in 0..<4 {
            // The last one stays open.
            try await fixture.deliver(
                0..<3, to: "step/\(name)", of: prefix, terminalIndex: name < 3 ? 2 : nil,
                in: store)
        }
        expected.months.append(month)
        if month % 5 == 4 {
            let hash = HashID.ofPrefix("m/\(month - 1)")
            let found = try await store.readModel.prefix(
                project: CatalogRowsFixture.project, hash: hash)
            let old = try #require(found)
            _ = try await store.processor.submit(
                .deletePrefix(DeletePrefix(prefix: old.id)))
            expected.deleted.insert(month - 1)
        }
        // Settled: the archivist works for two days, then nobody does until the month is over.
        for hours in [1, 20, 20, 20] {
            fixture.clock.advance(by: .seconds(hours * 3600))
            await store.processor.fireDue()
            try await archive(in: store)
        }
        fixture.clock.advance(by: Self.month - .seconds(61 * 3600))
        await store.processor.fireDue()
        try await expire(in: store)
    }

    /// Lets go of what is old enough, as retention would.
    private func expire(in store: CoordinatorStore) async throws {
        store.readModel.flushCatalog()
        let query = RetentionQuery(
            project: CatalogRowsFixture.project,
            createdBy: fixture.clock.wall().adding(.zero - ExpiryRule.recordLife), limit: 1000)
        let old = Dictionary(grouping: try store.readModel.candidates(query), by: \.prefix)
        for (prefix, streams) in old.sorted(by: { $0.key < $1.key }) {
            _ = try await store.processor.submit(
                .expireStreams(
                    ExpireStreams(of: prefix, streams.map(\.stream), by: ExpiryRule())))
        }
    }

    /// Does what is due, as an archivist would: one stream it always fails.
    private func archive(in store: CoordinatorStore) async throws {
        while true {
            let lease = LeaseArchiveTasks(limit: 3, duration: .seconds(600))
            let reply = try await store.processor.submit(.leaseArchiveTasks(lease))
            guard case .leased(let tasks) = reply, !tasks.isEmpty else { return }
            for leased in tasks {
                if leased.stream.path.name == Self.abandoned {
                    let hold = try #require(leased.task.hold)
                    _ = try await store.processor.submit(
                        .failArchival(
                            FailArchival(task: leased.task.id, lease: hold, reason: "no disk")))
                } else {
                    _ = try await store.processor.submit(
                        .archiveStream(
                            ArchiveStream(
                                .identity(leased.stream.id), terminalIndex: 2, entryCount: 3,
                                stream: ArchiveObject(url: "archive:///s", size: 9),
                                index: ArchiveObject(url: "archive:///i", size: 9))))
                }
            }
        }
    }

    /// Streams leave 540 days after their registration.
    private func expect(
        _ expected: Expected, at month: Int, in store: CoordinatorStore
    ) async throws {
        await store.processor.fireDue()
        for old in expected.months {
            let names = (0..<4).map { "step/\($0)" }
            let streams = names.map { fixture.stream($0, of: "m/\(old)", in: store) }
            let isGone = expected.deleted.contains(old) || month - old + 1 >= 18
            guard !isGone else {
                #expect(streams.allSatisfy { $0 == nil }, "month \(old) at \(month)")
                continue
            }
            for (name, stream) in zip(names, streams) {
                let state = try #require(stream, "\(name) of month \(old) at \(month)")
                let wanted: ArchivalState =
                    name == Self.abandoned ? .tasked : .archivedComplete
                #expect(state.archivalState == wanted, "\(name) of month \(old)")
            }
        }
    }

    private func expectSameRowsWithoutCatalog() async throws {
        let followed = try fixture.rows()
        #expect(followed.contains { $0.hasPrefix("archive_task") })
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        try await fixture.withStore { _ in }
        #expect(try fixture.rows() == followed)
    }
}
