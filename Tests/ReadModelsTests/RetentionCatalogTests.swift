import Coordinator
import Journal
import Platform
import Testing

@testable import ReadModels

/// What retention asks of a catalog, whatever its form.
@Suite(.serialized)
struct RetentionCatalogTests {
    @Test func `both forms find the same candidates, totals and projects`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        for prefix in ["p", "held", "gone"] {
            try await fixture.registerPrefix(prefix, in: store)
            for number in 0..<3 {
                try await fixture.deliver(
                    0..<1, to: "s\(number)", of: prefix, terminalIndex: 0, in: store)
                fixture.clock.advance(by: .seconds(10))
                guard number < 2 else { continue }
                let id = try #require(fixture.stream("s\(number)", of: prefix, in: store)).id
                _ = try await store.processor.submit(
                    .archiveStream(
                        ArchiveStream(
                            .identity(id), terminalIndex: 0, entryCount: 1,
                            stream: ArchiveObject(url: "archive:///e", size: 100),
                            index: ArchiveObject(url: "archive:///i", size: 10))))
            }
        }
        let held = try #require(fixture.stream("s0", of: "held", in: store)).prefix
        let gone = try #require(fixture.stream("s0", of: "gone", in: store)).prefix
        _ = try await store.processor.submit(.holdPrefix(HoldPrefix(held, isHeld: true)))
        _ = try await store.processor.submit(.pauseRetention(PauseRetention(isPaused: true)))
        _ = try await store.processor.submit(.deletePrefix(DeletePrefix(prefix: gone)))
        store.readModel.flushCatalog()
        let model = store.readModel
        let memory = InMemoryCatalog(machine: fixture.machine)
        let contents = try model.catalog.load()
        var changes = CatalogChanges(checkpoint: contents.checkpoint)
        for prefix in contents.prefixes { changes.prefixes[prefix.id] = prefix }
        for stream in contents.streams { changes.streams[stream.id] = stream }
        try memory.record(changes)
        #expect(contents.retention?.isPaused == true)
        let project = CatalogRowsFixture.project
        #expect(try model.projects() == [project] && memory.projects() == [project])
        #expect(try model.archived(of: project) == memory.archived(of: project))
        #expect(try model.archived(of: project).bytes > 0)
        let start = try #require(contents.streams.first).created
        for created in [-1, 0, 10, 15, 100] as [Int64] {
            for archived in [nil, 5, 10, 25, 100] as [Int64?] {
                for any in [true, false] {
                    var query = RetentionQuery(
                        project: project, createdBy: start.adding(.seconds(created)), limit: 2)
                    query.archivedBy = archived.map { start.adding(.seconds($0)) }
                    query.anyArchived = any
                    try expectSamePages(query, model, memory)
                }
            }
        }
        await store.stop()
        let again = try fixture.open()
        #expect(again.readModel.retention.isPaused)
        let prefix = try await again.readModel.prefix(held)
        #expect(prefix?.held != nil)
        await again.stop()
    }

    private func expectSamePages(
        _ query: RetentionQuery, _ model: ReadModel, _ memory: InMemoryCatalog
    ) throws {
        var query = query
        while true {
            let page = try model.candidates(query)
            #expect(try page == memory.candidates(query), "\(query)")
            #expect(page.count <= query.limit && page.allSatisfy(query.wants))
            guard let last = page.last else { return }
            query.after = last
        }
    }
}
