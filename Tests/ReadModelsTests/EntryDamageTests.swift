import Foundation
import Journal
import Testing

@testable import ReadModels

/// Damaged blocks: what they held is named, all else is read as ever.
@Suite(.serialized)
struct EntryDamageTests {
    /// A stream of 30 blocks with ten entries each, nothing of it in memory.
    private func history() throws -> WrittenHistory {
        var options = StoreOptions()
        options.recentBytes = 0
        options.blockCacheBytes = 0
        let history = try WrittenHistory(model: options)
        for first in stride(from: 0 as UInt64, to: 300, by: 10) {
            try history.append(first...first + 9, length: 50)
        }
        return history
    }

    /// Flips a byte in the body of the block that holds the entry.
    private func damage(_ index: UInt64, in history: WrittenHistory) throws {
        let stream = WrittenHistory.streamID.record.rawValue
        let run = try #require(
            history.model.hot.locations.plan(of: stream, from: index, limit: 1).open.first)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: history.journalPath)
                .first { $0.hasSuffix("\(run.block.segment).seg") })
        let file = try #require(FileHandle(forUpdatingAtPath: "\(history.journalPath)/\(name)"))
        defer { file.closeFile() }
        let place = UInt64(run.block.offset) + 80
        file.seek(toFileOffset: place)
        let byte = try #require(file.readData(ofLength: 1).first)
        file.seek(toFileOffset: place)
        file.write(Data([byte ^ 0xff]))
    }

    @Test func `a read ends before the damage and the next one names it`() async throws {
        let history = try history()
        try damage(125, in: history)
        #expect(try history.read().entries.map(\.index) == Array(0...119))
        for index in [120, 125, 129] as [Int64] {
            #expect {
                try history.read(from: index)
            } throws: { error in
                guard case ReadError.dataLoss(let loss) = error else { return false }
                return loss.entries == 120...129 && loss.stream == WrittenHistory.streamID
                    && loss.reason.contains("record")
            }
        }
        try await history.close()
    }

    @Test func `what lies behind the damage is whole`() async throws {
        let history = try history()
        try damage(0, in: history)
        #expect(try history.read(from: 10).entries.map(\.index) == Array(10...299))
        let tail = try await history.model.tail(of: WrittenHistory.streamID)
        #expect(tail?.index == 299)
        try await history.close()
    }

    @Test func `a follower is told of the damage when it comes to it`() async throws {
        let history = try history()
        try damage(45, in: history)
        var iterator = history.model.follow(WrittenHistory.streamID, from: 38).makeAsyncIterator()
        #expect(try await iterator.next()?.index == 38)
        #expect(try await iterator.next()?.index == 39)
        await #expect(throws: ReadError.self) { try await iterator.next() }
        try await history.close()
    }
}
