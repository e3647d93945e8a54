import Coordinator
import Journal
import Platform
import Testing

@testable import ReadModels

/// `spec/rpc.md` §3.3 and §4, from memory and from disk.
@Suite(.serialized)
struct EntryReadTests {
    /// What is kept in memory of the entries of a test.
    enum Memory: CaseIterable {
        /// All of them.
        case all
        /// None: every block is read from disk, and again at the next read.
        case none

        var options: StoreOptions {
            var options = StoreOptions()
            if self == .none {
                options.recentBytes = 0
                options.blockCacheBytes = 0
                options.footerCacheBytes = 0
            }
            return options
        }
    }

    @Test(arguments: Memory.allCases)
    func `entries come back byte for byte across blocks and segments`(
        _ memory: Memory
    ) async throws {
        let history = try WrittenHistory(model: memory.options)
        let total: UInt64 = 3000
        for first in stride(from: 0 as UInt64, to: total, by: 50) {
            try history.append(first...first + 49, length: 100)
        }
        let page = try history.read(from: 0)
        #expect(page.entries.count == Int(total))
        let isWhole = zip(page.entries, 0..<total).allSatisfy { entry, index in
            entry.index == index && Array(entry.bytes) == WrittenHistory.entry(index, length: 100)
        }
        #expect(isWhole)
        #expect(page.byteCount == Int(total) * 100)
        let one = try await history.model.entries(
            of: WrittenHistory.streamID, from: 1234, limits: ReadLimits(logCount: 1))
        #expect(one.entries.map(\.index) == [1234])
        try await history.close()
    }

    @Test(arguments: Memory.allCases)
    func `a contiguous read stops at a hole and another one goes on`(
        _ memory: Memory
    ) async throws {
        let history = try WrittenHistory(model: memory.options)
        try history.append(10...19)
        try history.append(0...4)
        #expect(try history.read().entries.map(\.index) == Array(0...4))
        let all = try history.read(ReadLimits(nonContiguous: true))
        #expect(all.entries.map(\.index) == Array(0...4) + Array(10...19))
        #expect(try history.read(from: 5).entries.isEmpty)
        try history.append(5...9)
        #expect(try history.read().entries.map(\.index) == Array(0...19))
        try await history.close()
    }

    @Test func `a negative index finds nothing, or begins at 0 without contiguity`() async throws {
        let history = try WrittenHistory()
        try history.append(0...2)
        #expect(try history.read(from: -1).entries.isEmpty)
        let page = try history.read(from: .min, ReadLimits(nonContiguous: true))
        #expect(page.entries.map(\.index) == [0, 1, 2])
        #expect(try history.read(from: .max).entries.isEmpty)
        try await history.close()
    }

    @Test func `the first entry goes above the byte budget and no other does`() async throws {
        let history = try WrittenHistory()
        try history.append(0...9, length: 100)
        for (bytes, expected) in [(1, 1), (99, 1), (100, 1), (199, 1), (200, 2), (1000, 10)] {
            #expect(try history.read(ReadLimits(byteCount: bytes)).entries.count == expected)
        }
        try await history.close()
    }

    @Test func `streams that share blocks are kept apart`() async throws {
        let history = try WrittenHistory()
        let prefix = try CatalogRowsFixture.prefix(WrittenHistory.prefixID, "builds/1")
        try history.commit([
            .streamRegistered(try CatalogRowsFixture.stream(3, of: prefix, "stderr"))
        ])
        let other = StreamID(record: RecordNumber(rawValue: 3))
        for first in stride(from: 0 as UInt64, to: 400, by: 4) {
            try history.commit([
                WrittenHistory.appended(first...first + 3),
                WrittenHistory.appended(first...first + 3, of: other, length: 20),
            ])
        }
        #expect(try history.read().entries.count == 400)
        let page = try await history.model.entries(of: other, from: 0, limits: ReadLimits())
        #expect(page.entries.allSatisfy { $0.bytes.count == 20 })
        #expect(page.entries.map(\.index) == Array(0..<400))
        try await history.close()
    }

    @Test func `a stream that nobody knows has no entries`() async throws {
        let history = try WrittenHistory()
        let nobody = StreamID(record: RecordNumber(rawValue: 999))
        #expect(
            try await history.model.entries(of: nobody, from: 0, limits: ReadLimits()).entries
                .isEmpty)
        #expect(try await history.model.tail(of: nobody) == nil)
        try await history.close()
    }

    @Test func `the tail is the last entry of the run from 0`() async throws {
        let history = try WrittenHistory()
        #expect(try await history.model.tail(of: WrittenHistory.streamID) == nil)
        try history.append(3...4)
        #expect(try await history.model.tail(of: WrittenHistory.streamID) == nil)
        try history.append(0...1)
        #expect(try await history.model.tail(of: WrittenHistory.streamID)?.index == 1)
        try history.append(2...2)
        #expect(try await history.model.tail(of: WrittenHistory.streamID)?.index == 4)
        try await history.close()
    }
}
