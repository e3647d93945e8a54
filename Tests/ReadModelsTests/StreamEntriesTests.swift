import Journal
import Testing

@testable import ReadModels

struct StreamEntriesTests {
    @Test func `runs are kept in the order of their indexes whatever the order they come in`() {
        var entries = StreamEntries()
        for first in [40, 0, 60, 20] as [UInt64] {
            entries.add(EntryRun(first: first, count: 10, offset: UInt32(first)))
        }
        #expect(entries.open.map(\.first) == [0, 20, 40, 60])
        let plan = entries.plan(from: 29, limit: 2)
        #expect(plan.open.map(\.first) == [20, 40])
        #expect(entries.plan(from: 30, limit: 9).open.map(\.first) == [40, 60])
        #expect(entries.plan(from: 70, limit: 9).open.isEmpty)
    }

    @Test func `of a sealed segment only the span is kept`() {
        var entries = StreamEntries()
        entries.add(EntryRun(first: 5, count: 2, offset: 0))
        entries.add(EntryRun(first: 9, count: 4, offset: 9))
        entries.seal(RecordNumber(rawValue: 7))
        #expect(entries.open.isEmpty)
        #expect(
            entries.sealed == [
                SegmentSpan(segment: RecordNumber(rawValue: 7), lowest: 5, highest: 12)
            ])
        #expect(entries.plan(from: 12, limit: 1).sealed.count == 1)
        #expect(entries.plan(from: 13, limit: 1).sealed.isEmpty)
    }

    @Test func `a forgotten chunk is no longer found`() {
        var entries = StreamEntries()
        for first in [0, 20, 10] as [UInt64] {
            entries.remember(EntryChunk(stream: 1, first: first, count: 10, content: .frames([])))
        }
        entries.forget(chunkFrom: 10)
        entries.forget(chunkFrom: 15)
        #expect(entries.plan(from: 0, limit: 9).recent.map(\.first) == [0, 20])
    }

    @Test func `a run in memory takes 16 bytes`() {
        #expect(MemoryLayout<EntryRun>.stride == 16)
    }
}
