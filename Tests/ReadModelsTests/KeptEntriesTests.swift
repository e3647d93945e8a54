import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// Entries of bundles that were stored as they came.
@Suite(.serialized)
struct KeptEntriesTests {
    /// A bundle of `indexes` whose only part is large enough to be kept.
    private static func bundle(
        _ indexes: Range<UInt64>, claiming entries: Range<UInt64>? = nil
    ) throws -> DeliverEntries {
        var part: [UInt8] = []
        part.appendWireField(1, bytes: [UInt8](repeating: 1, count: KeptBundle.leastLength))
        for index in indexes { part.appendWireField(5, bytes: StoreFixture.entry(index)) }
        var bytes: [UInt8] = []
        bytes.appendWireField(3, bytes: part)
        var deflated: [UInt8] = []
        Deflater(level: 6).deflate(bytes[...], into: &deflated)
        let entries = entries ?? indexes
        return DeliverEntries(
            registration: RegisterStream(
                project: CatalogRowsFixture.project,
                secret: try CatalogRowsFixture.secret().bytes, protoVersion: "1",
                descriptor: try StreamDescriptor(
                    serialized: CatalogRowsFixture.serialized("p", "s", .text, "text/plain", [:])),
                terminalIndex: nil, timers: ArchivalTimers()),
            first: entries.lowerBound, entries: entries.map { StoreFixture.entry($0)[...] },
            bundle: KeptBundle(
                deflated: deflated[...], inflatedLength: bytes.count,
                part: bytes.count - part.count..<bytes.count))
    }

    private static func read(_ store: CoordinatorStore, _ fixture: StoreFixture) throws -> EntryPage
    {
        let stream = try #require(fixture.stream("s", of: "p", in: store))
        return try store.readModel.entries(of: stream.id, from: 0, limits: ReadLimits())
    }

    @Test(arguments: EntryReadTests.Memory.allCases)
    func `they come back byte for byte, among others and after a restart`(
        _ memory: EntryReadTests.Memory
    ) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open(memory.options)
        try await fixture.registerPrefix("p", in: store)
        try await fixture.deliver(0..<3, to: "s", of: "p", in: store)
        _ = try await store.processor.submit(.deliver(try Self.bundle(3..<40)))
        _ = try await store.processor.submit(.deliver(try Self.bundle(40..<90)))
        try await fixture.deliver(90..<95, to: "s", of: "p", in: store)
        let expected = (0..<95 as Range<UInt64>).map { StoreFixture.entry($0) }
        #expect(try Self.read(store, fixture).entries.map { Array($0.bytes) } == expected)
        await store.stop()
        let again = try fixture.open(memory.options)
        #expect(try Self.read(again, fixture).entries.map { Array($0.bytes) } == expected)
        let stream = try #require(fixture.stream("s", of: "p", in: again))
        #expect(stream.received.contiguousThrough == 94)
        let part = try await again.readModel.entries(
            of: stream.id, from: 41, limits: ReadLimits(logCount: 3))
        #expect(part.entries.map(\.index) == [41, 42, 43])
        await again.stop()
    }

    @Test func `a rewriting keeps the entries and nothing else of a bundle`() async throws {
        let fixture = try StoreFixture()
        var options = StoreOptions()
        options.rewriting.interval = .seconds(3600)
        options.rewriting.quietTime = .zero
        options.rewriting.segmentSize = 64 << 10
        options.recentBytes = 0
        options.blockCacheBytes = 0
        let store = try fixture.open(options)
        try await fixture.registerPrefix("p", in: store)
        try await fixture.deliver(0..<3, to: "s", of: "p", in: store)
        _ = try await store.processor.submit(.deliver(try Self.bundle(3..<40)))
        // Enough to seal the segment.
        for first in stride(from: 0 as UInt64, to: 800, by: 8) {
            try await fixture.deliver(
                first..<first + 8, to: "filler", of: "p", length: 120, in: store)
        }
        await store.rewriting.lookNow()
        #expect(store.rewriting.status.rewritings > 0)
        let reader = JournalReader(
            JournalDirectory(path: fixture.directory.path, files: SystemFileSystem()))
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            #expect(!block.records.contains { $0.kind == CoordinatorRecordKind.entriesKept })
        }
        let expected = (0..<40 as Range<UInt64>).map { StoreFixture.entry($0) }
        #expect(try Self.read(store, fixture).entries.map { Array($0.bytes) } == expected)
        await store.stop()
        let again = try fixture.open(options)
        #expect(try Self.read(again, fixture).entries.map { Array($0.bytes) } == expected)
        await again.stop()
    }

    @Test func `a bundle that holds fewer than its record says is lost data`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await fixture.registerPrefix("p", in: store)
        _ = try await store.processor.submit(
            .deliver(try Self.bundle(0..<5, claiming: 0..<6)))
        #expect {
            _ = try Self.read(store, fixture)
        } throws: { error in
            guard case .dataLoss(let loss)? = error as? ReadError else { return false }
            return loss.entries == 0...5
        }
        await store.stop()
    }
}
