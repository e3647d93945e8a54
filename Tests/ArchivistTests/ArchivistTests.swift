import Coordinator
import Foundation
import ReadModels
import StreamArchive
import TestSupport
import Testing

@testable import Archivist

struct ArchivistTests {
    @Test func `an archived stream reads as it did before, and its entries come from the store`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<500, to: "out", terminalIndex: 499)
        let before = try await fixture.indexes(of: "out")
        await fixture.advance(301)
        #expect(try await fixture.archiveDue() == [])
        let stream = try #require(fixture.stream("out"))
        #expect(stream.archivalState == .archivedComplete)
        #expect(stream.archive?.entryCount == 500)
        #expect(fixture.objects.count == 2)
        #expect(try await fixture.indexes(of: "out") == before)
        #expect(try await fixture.store.readModel.tail(of: stream.id)?.index == 499)
        let page = try await fixture.store.readModel.entries(
            of: stream.id, from: 100, limits: ReadLimits(logCount: 3))
        #expect(page.entries.map(\.index) == [100, 101, 102])
        try await fixture.stop()
    }

    @Test func `holes and what lies behind the end are archived as the original does`()
        async throws
    {
        let fixture = try await ArchivistFixture()
        try await fixture.deliver(0..<3, to: "gap", terminalIndex: 8)
        try await fixture.deliver(6..<9, to: "gap")
        try await fixture.deliver(0..<6, to: "beyond", terminalIndex: 3)
        try await fixture.deliver(0..<4, to: "short", terminalIndex: 9)
        try await fixture.deliver(0..<0, to: "empty", terminalIndex: 5)
        await fixture.advance(301)
        #expect(try await fixture.archiveDue() == [])
        func end(_ name: String) -> [Int] {
            let stream = fixture.stream(name)
            return [
                stream?.terminalIndex.map { Int($0) } ?? -1,
                stream?.archive.map { Int($0.entryCount) } ?? -1,
            ]
        }
        #expect(end("gap") == [8, 6])
        #expect(end("beyond") == [3, 4])
        #expect(end("short") == [3, 4])
        #expect(end("empty") == [-1, 0])
        #expect(try await fixture.indexes(of: "gap") == [0, 1, 2, 6, 7, 8])
        #expect(try await fixture.indexes(of: "beyond") == [0, 1, 2, 3])
        #expect(try await fixture.indexes(of: "empty") == [])
        try await fixture.stop()
    }

    @Test func `many streams become durable with one sync of the disk`() async throws {
        let fixture = try await ArchivistFixture()
        for number in 0..<50 {
            try await fixture.deliver(0..<5, to: "s\(number)", terminalIndex: 4)
        }
        await fixture.advance(301)
        let syncs = fixture.disk.syncCount
        #expect(try await fixture.archiveDue() == [])
        #expect(fixture.disk.syncCount - syncs == 1)
        #expect(fixture.objects.count == 100)
        try await fixture.stop()
    }
}
