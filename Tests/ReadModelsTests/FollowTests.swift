import Coordinator
import Journal
import Testing

@testable import ReadModels

/// Following a stream: stored entries, then new ones, until the end.
@Suite(.serialized)
struct FollowTests {
    /// Collects a whole subscription.
    private func collect(
        _ subscription: TailSubscription
    ) -> Task<[UInt64], any Error> {
        Task {
            var indexes: [UInt64] = []
            for try await entry in subscription { indexes.append(entry.index) }
            return indexes
        }
    }

    @Test func `stored and live entries follow each other without gap or repeat`() async throws {
        let history = try WrittenHistory()
        try history.append(0...99)
        let followers = (0..<20).map { number in
            collect(history.model.follow(WrittenHistory.streamID, from: UInt64(number * 10)))
        }
        for first in stride(from: 100 as UInt64, to: 1000, by: 10) {
            try history.append(first...first + 9)
        }
        try history.terminate(at: 999)
        for (number, follower) in followers.enumerated() {
            #expect(try await follower.value == Array(UInt64(number * 10)...999))
        }
        try await history.close()
    }

    @Test func `a follower that comes late and slowly reads from disk`() async throws {
        var options = StoreOptions()
        options.recentBytes = 2000
        options.blockCacheBytes = 4000
        let history = try WrittenHistory(model: options)
        var iterator = history.model.follow(WrittenHistory.streamID, from: 0).makeAsyncIterator()
        try history.append(0...9, length: 100)
        #expect(try await iterator.next()?.index == 0)
        for first in stride(from: 10 as UInt64, to: 2000, by: 10) {
            try history.append(first...first + 9, length: 100)
        }
        #expect(history.model.hot.recentBytes <= 2000)
        try history.terminate(at: 1999)
        var expected: UInt64 = 1
        while let entry = try await iterator.next() {
            #expect(entry.index == expected)
            #expect(Array(entry.bytes) == WrittenHistory.entry(expected, length: 100))
            expected += 1
        }
        #expect(expected == 2000)
        try await history.close()
    }

    @Test func `entries that come out of order are followed in order`() async throws {
        let history = try WrittenHistory()
        let follower = collect(history.model.follow(WrittenHistory.streamID, from: 0))
        try history.append(5...9)
        try history.append(2...4)
        try history.append(0...1)
        try history.terminate(at: 9)
        #expect(try await follower.value == Array(0...9))
        try await history.close()
    }

    @Test func `a stream that ended is read to its end and no further`() async throws {
        let history = try WrittenHistory()
        try history.append(0...9)
        try history.terminate(at: 4)
        let model = history.model
        #expect(
            try await collect(model.follow(WrittenHistory.streamID, from: 0)).value == [
                0, 1, 2, 3, 4,
            ])
        #expect(try await collect(model.follow(WrittenHistory.streamID, from: 5)).value == [])
        try await history.close()
    }

    @Test func `an end that comes without new entries is noticed`() async throws {
        let history = try WrittenHistory()
        let follower = collect(history.model.follow(WrittenHistory.streamID, from: 3))
        try history.append(0...2)
        try history.terminate(at: 2)
        #expect(try await follower.value == [])
        try await history.close()
    }

    @Test func `an unknown stream has ended`() async throws {
        let history = try WrittenHistory()
        let nobody = StreamID(record: RecordNumber(rawValue: 999))
        #expect(try await collect(history.model.follow(nobody, from: 0)).value == [])
        try await history.close()
    }

    @Test func `a cancelled follower ends`() async throws {
        let history = try WrittenHistory()
        let follower = collect(history.model.follow(WrittenHistory.streamID, from: 0))
        follower.cancel()
        #expect(try await follower.value == [])
        try await history.close()
    }

    @Test func `followers are told when the program goes down`() async throws {
        let history = try WrittenHistory()
        let follower = collect(history.model.follow(WrittenHistory.streamID, from: 0))
        try await history.close()
        await #expect(throws: ReadError.stopped) { try await follower.value }
    }

    @Test func `many followers of one stream all hear of everything`() async throws {
        let history = try WrittenHistory()
        let followers = (0..<300).map { _ in
            collect(history.model.follow(WrittenHistory.streamID, from: 0))
        }
        for first in stride(from: 0 as UInt64, to: 50, by: 5) {
            try history.append(first...first + 4)
            await Task.yield()
        }
        try history.terminate(at: 49)
        for follower in followers { #expect(try await follower.value.count == 50) }
        try await history.close()
    }

    @Test func `a page is all there is, within the limit`() async throws {
        let history = try WrittenHistory()
        try history.append(0...99)
        var iterator = history.model.follow(WrittenHistory.streamID, from: 90).makeAsyncIterator()
        #expect(try await iterator.nextPage()?.map(\.index) == Array(90...99))
        try await history.close()
    }
}
