import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import ReadModels

/// Finished streams leave memory, and nobody who asks for them notices.
@Suite(.serialized)
struct ColdFamilyTests {
    private typealias Failure = SubmitFailure<Rejection>

    private static let prefix = "builds/1"
    private static let names = ["stdout", "stderr"]

    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// Where the cold family is met: in the life in which it left memory, or in a later one.
    enum Meeting: CaseIterable, CustomTestStringConvertible {
        case sameLife
        case afterRestart
        case withoutCatalog

        var testDescription: String { "\(self)" }
    }

    // Of the catalog only what is not finished is read at a start, as of a large one.
    private static var options: StoreOptions {
        var options = StoreOptions()
        options.wholeCatalogBytes = 0
        return options
    }

    /// A store in which the family of `prefix` is cold.
    private func cold(_ meeting: Meeting) async throws -> CoordinatorStore {
        let store = try fixture.open(Self.options)
        try await fixture.registerPrefix(Self.prefix, in: store)
        for name in Self.names {
            try await fixture.deliver(0..<3, to: name, of: Self.prefix, terminalIndex: 2, in: store)
            try await archive(name, in: store)
        }
        fixture.clock.advance(by: .seconds(2 * 86_400))
        try await goOn(until: { !isInMemory(store) }, in: store)
        let digest = store.processor.status.digest
        switch meeting {
        case .sameLife: return store
        case .afterRestart: break
        case .withoutCatalog:
            await store.stop()
            try FileManager.default.removeItem(atPath: fixture.catalogPath)
            let rebuilt = try fixture.open(Self.options)
            rebuilt.readModel.flushCatalog()
            #expect(rebuilt.processor.status.digest == digest)
            try await goOn(until: { !isInMemory(rebuilt) }, in: rebuilt)
            return rebuilt
        }
        await store.stop()
        let again = try fixture.open(Self.options)
        #expect(again.processor.status.digest == digest)
        #expect(!isInMemory(again))
        return again
    }

    private func archive(_ name: String, in store: CoordinatorStore) async throws {
        let stream = try #require(fixture.stream(name, of: Self.prefix, in: store))
        let object = ArchiveObject(url: "archive:///\(name)", size: 1)
        _ = try await store.processor.submit(
            .archiveStream(
                ArchiveStream(
                    .identity(stream.id), terminalIndex: 2, entryCount: 3, stream: object,
                    index: object)))
    }

    /// Lets something else happen until `isDone`: sweeps come with it.
    private func goOn(
        until isDone: () -> Bool, in store: CoordinatorStore
    ) async throws {
        for turn in 0..<20 where !isDone() {
            fixture.clock.advance(by: .seconds(20))
            try await fixture.registerPrefix("other/\(UUID().uuidString)/\(turn)", in: store)
            store.readModel.flushCatalog()
        }
        #expect(isDone())
    }

    private func isInMemory(_ store: CoordinatorStore) -> Bool {
        let key = PrefixKey(project: CatalogRowsFixture.project, hash: .ofPrefix(Self.prefix))
        return store.readModel.hot.entities.withLock { $0.prefix(key) != nil }
    }

    private func refusal(
        of mutation: CoordinatorMutation, in store: CoordinatorStore
    ) async throws -> Failure? {
        do throws(Failure) {
            _ = try await store.processor.submit(mutation)
            return nil
        } catch {
            return error
        }
    }

    private func registration(_ name: String) throws -> RegisterStream {
        RegisterStream(
            project: CatalogRowsFixture.project, secret: try CatalogRowsFixture.secret().bytes,
            protoVersion: "1",
            descriptor: try StreamDescriptor(
                serialized: CatalogRowsFixture.serialized(
                    Self.prefix, name, .text, "text/plain", [:])), terminalIndex: nil,
            timers: ArchivalTimers())
    }

    @Test(arguments: Meeting.allCases)
    func `a cold stream is found by name, by identity and by search`(
        _ meeting: Meeting
    ) async throws {
        let store = try await cold(meeting)
        for name in Self.names {
            let stream = try #require(fixture.stream(name, of: Self.prefix, in: store))
            #expect(stream.archivalState == .archivedComplete)
            let same = try await store.readModel.stream(stream.id)
            #expect(same == stream)
            let prefix = try await store.readModel.prefix(stream.prefix)
            #expect(prefix?.prefix == Self.prefix)
        }
        let page = try await store.readModel.query(
            try CatalogRowsFixture.query("builds/1/+/**"), deadline: .now + .seconds(60))
        #expect(Set(page.hits.map(\.path.name)) == Set(Self.names))
        #expect(fixture.stream("absent", of: Self.prefix, in: store) == nil)
        #expect(fixture.stream("stdout", of: "builds/2", in: store) == nil)
        // Who reads does not bring it back to memory.
        #expect(!isInMemory(store))
        await store.stop()
    }

    @Test(arguments: Meeting.allCases)
    func `entries of a cold stream are read from the journal while its archive cannot be`(
        _ meeting: Meeting
    ) async throws {
        let store = try await cold(meeting)
        let stream = try #require(fixture.stream("stdout", of: Self.prefix, in: store))
        let page = try await store.readModel.entries(of: stream.id, from: 0, limits: ReadLimits())
        #expect(page.entries.map(\.index) == [0, 1, 2])
        let tail = try await store.readModel.tail(of: stream.id)
        #expect(tail?.index == 2)
        var followed: [UInt64] = []
        for try await entry in store.readModel.follow(stream.id, from: 1) {
            followed.append(entry.index)
        }
        #expect(followed == [1, 2])
        await store.stop()
    }

    @Test(arguments: Meeting.allCases)
    func `what comes late is refused or repeated as if the stream were in memory`(
        _ meeting: Meeting
    ) async throws {
        let store = try await cold(meeting)
        let claim = RegisterPrefix(
            project: CatalogRowsFixture.project, prefix: Self.prefix, realm: nil, sourceInfo: [],
            nonce: [], window: .seconds(3600), secret: try CatalogRowsFixture.secret())
        #expect(
            try await refusal(of: .registerPrefix(claim), in: store)
                == .rejected(.prefixAlreadyExists))
        #expect(
            try await refusal(of: .registerStream(try registration("new")), in: store)
                == .rejected(.prefixExpired))
        let late = DeliverEntries(
            registration: try registration("stdout"), first: 3,
            entries: [StoreFixture.entry(3)[...]])
        #expect(try await refusal(of: .deliver(late), in: store) == .rejected(.prefixExpired))
        func end(at index: UInt64) throws -> CoordinatorMutation {
            .terminateStream(
                TerminateStream(
                    project: CatalogRowsFixture.project,
                    id: .ofStream(prefix: Self.prefix, name: "stdout"),
                    secret: try CatalogRowsFixture.secret().bytes, terminalIndex: index,
                    timers: ArchivalTimers()))
        }
        #expect(try await refusal(of: try end(at: 2), in: store) == nil)
        #expect(
            try await refusal(of: try end(at: 1), in: store)
                == .rejected(.terminatedElsewhere(at: 2)))
        await store.stop()
    }

    @Test(arguments: Meeting.allCases)
    func `a cold stream is purged, leaves memory again, and stays purged`(
        _ meeting: Meeting
    ) async throws {
        let store = try await cold(meeting)
        let key = StreamKey(
            project: CatalogRowsFixture.project,
            hash: .ofStream(prefix: Self.prefix, name: "stdout"))
        _ = try await store.processor.submit(
            .purgeStream(PurgeStream(.current(key), isPurged: true)))
        #expect(fixture.stream("stdout", of: Self.prefix, in: store)?.purged == true)
        #expect(fixture.stream("stderr", of: Self.prefix, in: store)?.purged == false)
        try await goOn(until: { !isInMemory(store) }, in: store)
        #expect(fixture.stream("stdout", of: Self.prefix, in: store)?.purged == true)
        let digest = store.processor.status.digest
        await store.stop()
        let again = try fixture.open(Self.options)
        #expect(fixture.stream("stdout", of: Self.prefix, in: again)?.purged == true)
        #expect(again.processor.status.digest == digest)
        await again.stop()
    }

    @Test(arguments: Meeting.allCases)
    func `a cold prefix is deleted, leaves no rows, and its name is free`(
        _ meeting: Meeting
    ) async throws {
        let store = try await cold(meeting)
        let found = try await store.readModel.prefix(
            project: CatalogRowsFixture.project, hash: .ofPrefix(Self.prefix))
        let prefix = try #require(found)
        _ = try await store.processor.submit(.deletePrefix(DeletePrefix(prefix: prefix.id)))
        #expect(fixture.stream("stdout", of: Self.prefix, in: store) == nil)
        await store.processor.fireDue()
        fixture.clock.advance(by: .seconds(1))
        await store.processor.fireDue()
        let gone = try await store.readModel.prefix(prefix.id)
        #expect(gone == nil)
        // The catalog may not know yet.
        try await fixture.registerPrefix(Self.prefix, in: store)
        #expect(fixture.stream("stdout", of: Self.prefix, in: store) == nil)
        await store.stop()
        #expect(try !fixture.rows().contains { $0.hasPrefix("stream:") })
    }

    @Test func `a replay of everything comes to the same rows`() async throws {
        let store = try await cold(.sameLife)
        let key = StreamKey(
            project: CatalogRowsFixture.project,
            hash: .ofStream(prefix: Self.prefix, name: "stderr"))
        _ = try await store.processor.submit(
            .purgeStream(PurgeStream(.current(key), isPurged: true)))
        await store.stop()
        let followed = try fixture.rows()
        try FileManager.default.removeItem(atPath: fixture.catalogPath)
        await (try fixture.open(Self.options)).stop()
        #expect(try fixture.rows() == followed)
    }

    @Test func `what is not finished stays in memory`() async throws {
        let store = try fixture.open(Self.options)
        try await fixture.registerPrefix(Self.prefix, in: store)
        try await fixture.deliver(0..<3, to: "a", of: Self.prefix, terminalIndex: 2, in: store)
        try await fixture.deliver(0..<3, to: "open", of: Self.prefix, in: store)
        try await archive("a", in: store)
        fixture.clock.advance(by: .seconds(9 * 86_400))
        for turn in 0..<4 {
            fixture.clock.advance(by: .seconds(20))
            try await fixture.registerPrefix("other/\(turn)", in: store)
            store.readModel.flushCatalog()
        }
        #expect(isInMemory(store))
        await store.stop()
        let again = try fixture.open(Self.options)
        #expect(isInMemory(again))
        await again.stop()
    }
}
