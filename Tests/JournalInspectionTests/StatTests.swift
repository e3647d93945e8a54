import Foundation
import Journal
import Testing

@testable import JournalInspection

/// Numbers of a journal, and the sketches that keep them small.
@Suite struct StatTests {
    @Test func `kinds, bytes and commits add up`() throws {
        let temporary = try TemporaryJournal()
        let journal = try InspectedJournal(data: temporary.path)
        let stat = try JournalStat(journal)
        #expect(stat.kinds.values.reduce(0) { $0 + $1.records } == stat.records)
        #expect(stat.commitRecords.steps.reduce(0) { $0 + $1.count } == stat.commits)
        #expect(stat.blockSizes.steps.reduce(0) { $0 + $1.count } == stat.blocks - stat.marks)
        #expect(stat.sealedSegments == 1 && stat.segments == 2)
        #expect(stat.streams.top(3).map(\.entries) == [stat.entries])
    }

    @Test func `a process that opens the journal again begins an epoch`() throws {
        let journal = try TemporaryJournal()
        #expect(try JournalStat(InspectedJournal(data: journal.path)).epochs.count == 1)
        try EveryKindJournal.goOn(at: journal.path)
        let epochs = try JournalStat(InspectedJournal(data: journal.path)).epochs
        #expect(epochs.count == 2)
        #expect(epochs.last?.records == 1)
    }

    @Test func `sizes are counted by powers of two`() {
        var histogram = SizeHistogram()
        for size in [0, 1, 2, 3, 4, 5, 64, 65] { histogram.add(size) }
        #expect(histogram.steps.map(\.upTo) == [1, 2, 4, 8, 64, 128])
        #expect(histogram.steps.map(\.count) == [2, 1, 2, 1, 1, 1])
    }

    @Test func `busy streams survive a crowd of small ones, within what is said`() {
        var streams = BusiestStreams(capacity: 10)
        for round in 0..<100 as Range<UInt64> {
            streams.add(1, entries: 50, bytes: 1)
            streams.add(2, entries: 20, bytes: 1)
            for other in 0..<9 as Range<UInt64> {
                streams.add(100 + round * 9 + other, entries: 1, bytes: 1)
            }
        }
        let top = streams.top(2)
        #expect(top.map(\.stream) == [1, 2])
        for (stream, truth) in zip(top, [5000, 2000] as [UInt64]) {
            #expect(stream.entries <= truth && stream.entries + streams.uncertainty >= truth)
        }
    }
}
