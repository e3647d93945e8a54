import Coordinator
import Foundation
import GRDB
import Journal
import Testing
import Tumble

@testable import ReadModels

/// Opening, closing and rebuilding everything in a directory.
@Suite(.serialized)
struct StoreTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// Three prefixes with ten streams each, some of them ended, in several segments.
    private func work(in store: CoordinatorStore, _ numbers: Range<Int> = 0..<3) async throws {
        for number in numbers {
            let prefix = "builds/\(number)"
            try await fixture.registerPrefix(prefix, in: store)
            for round in 0..<6 as Range<UInt64> {
                for name in 0..<10 {
                    try await fixture.deliver(
                        round * 50..<round * 50 + 50, to: "step/\(name)", of: prefix,
                        tags: ["number": "\(name)"],
                        terminalIndex: round == 5 && name < 5 ? 299 : nil, in: store)
                }
            }
        }
    }

    private func expectWhole(_ store: CoordinatorStore, _ prefix: String) async throws {
        for name in 0..<10 {
            let stream = try #require(fixture.stream("step/\(name)", of: prefix, in: store))
            #expect(stream.terminalIndex == (name < 5 ? 299 : nil))
            let page = try await store.readModel.entries(
                of: stream.id, from: 0, limits: ReadLimits())
            #expect(page.entries.count == 300)
            let isWhole = page.entries.allSatisfy {
                Array($0.bytes) == StoreFixture.entry($0.index)
            }
            #expect(isWhole)
            #expect(try await store.readModel.tail(of: stream.id)?.index == 299)
        }
    }

    private func query(_ expression: String, in store: CoordinatorStore) async throws -> [String] {
        let page = try await store.readModel.query(
            try CatalogRowsFixture.query(expression), deadline: .now + .seconds(60))
        return page.hits.map(\.path.name)
    }

    @Test func `what was acknowledged is there after a restart`() async throws {
        try await fixture.withStore { store in
            try await work(in: store)
            try await expectWhole(store, "builds/1")
        }
        try await fixture.withStore { store in
            #expect(store.finding != .absent)
            for number in 0..<3 { try await expectWhole(store, "builds/\(number)") }
        }
    }

    @Test func `a deleted prefix is found nowhere, leaves no rows, and its name is free`()
        async throws
    {
        try await fixture.withStore { store in
            try await work(in: store)
            let stream = try #require(fixture.stream("step/1", of: "builds/1", in: store))
            let found = try await store.readModel.prefix(stream.prefix)
            let prefix = try #require(found)
            var places = store.readModel.follow(stream.id, from: 300).makeAsyncIterator()
            _ = try await store.processor.submit(
                .deletePrefix(DeletePrefix(prefix: prefix.id)))
            #expect(fixture.stream("step/1", of: "builds/1", in: store) == nil)
            #expect(try await query("builds/1/+/**", in: store) == [])
            await store.processor.fireDue()
            // Who follows is sent home.
            #expect(try await places.next() == nil)
            try await fixture.registerPrefix("builds/1", in: store)
            #expect(try await query("builds/1/+/**", in: store) == [])
            try await expectWhole(store, "builds/2")
        }
        let followed = try fixture.rows()
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        try await fixture.withStore { store in
            #expect(fixture.stream("step/1", of: "builds/1", in: store) == nil)
            try await expectWhole(store, "builds/0")
        }
        #expect(try fixture.rows() == followed)
        try await fixture.withStore { try await expectWhole($0, "builds/2") }
    }

    @Test func `a query finds what was acknowledged before it was asked`() async throws {
        try await fixture.withStore { store in
            try await fixture.registerPrefix("p", in: store)
            for name in ["a", "b/c", "d"] {
                try await fixture.deliver(0..<1, to: name, of: "p", in: store)
                #expect(try await query("p/+/\(name)", in: store) == [name])
            }
            #expect(try await query("p/+/**", in: store).sorted() == ["a", "b/c", "d"])
            #expect(try await query("p/+/b/*", in: store) == ["b/c"])
            #expect(try await query("nobody/+/**", in: store) == [])
        }
    }

    @Test func `the catalog rebuilt from the journal is the catalog that followed it`() async throws
    {
        try await fixture.withStore { try await work(in: $0) }
        let followed = try fixture.rows()
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        try await fixture.withStore { store in
            #expect(store.finding == .absent)
            try await expectWhole(store, "builds/2")
        }
        #expect(try fixture.rows() == followed)
        #expect(followed.count > 100)
    }

    @Test func `an older catalog and the tail behind it give the same rows`() async throws {
        try await fixture.withStore { try await work(in: $0, 0..<1) }
        let older = try Data(contentsOf: URL(filePath: fixture.catalogPath))
        try await fixture.withStore { try await work(in: $0, 1..<3) }
        let followed = try fixture.rows()
        try older.write(to: URL(filePath: fixture.catalogPath))
        try await fixture.withStore { store in
            for number in 0..<3 { try await expectWhole(store, "builds/\(number)") }
        }
        #expect(try fixture.rows() == followed)
    }

    @Test func `a damaged catalog is rebuilt to the same rows and the damage told`() async throws {
        try await fixture.withStore { try await work(in: $0) }
        let followed = try fixture.rows()
        let queue = try DatabaseQueue(path: fixture.catalogPath)
        let harm = "UPDATE stream SET name = 'x' WHERE id % 2 = 0"
        try await queue.write { try $0.execute(sql: harm) }
        try queue.close()
        try await fixture.withStore { store in
            guard case .putAside(.damaged, _) = store.finding else {
                Issue.record("\(store.finding)")
                return
            }
            try await expectWhole(store, "builds/0")
        }
        #expect(try fixture.rows() == followed)
    }

    @Test func `pending mutations survive with the catalog and without it`() async throws {
        let pending = try await fixture.withStore { store in
            try await work(in: store, 0..<1)
            return store.processor.status.pending
        }
        #expect(pending == 15, "48 h for each stream, 5 min for each that ended")
        #expect(try await fixture.withStore { $0.processor.status.pending } == pending)
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        #expect(try await fixture.withStore { $0.processor.status.pending } == pending)
    }

    @Test func `a mutation that fired is gone from the catalog`() async throws {
        try await fixture.withStore { store in
            try await work(in: store, 0..<1)
            fixture.clock.advance(by: .seconds(301))
            await store.processor.fireDue()
            #expect(store.processor.status.pending == 10)
        }
        #expect(try fixture.rows().filter { $0.hasPrefix("pending:") }.count == 10)
        #expect(try await fixture.withStore { $0.processor.status.pending } == 10)
    }

    @Test func `state digests agree before and after a restart`() async throws {
        let digest = try await fixture.withStore { store in
            try await work(in: store, 0..<1)
            return store.processor.status.digest
        }
        #expect(try await fixture.withStore { $0.processor.status.digest } == digest)
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        #expect(try await fixture.withStore { $0.processor.status.digest } == digest)
    }
}
