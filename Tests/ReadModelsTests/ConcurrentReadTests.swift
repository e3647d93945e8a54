import Testing

@testable import ReadModels

/// One writer and many readers at once.
@Suite(.serialized)
struct ConcurrentReadTests {
    @Test func `readers see a growing prefix of the stream while it is written`() async throws {
        var options = StoreOptions()
        options.recentBytes = 4000
        options.blockCacheBytes = 20_000
        let history = try WrittenHistory(model: options)
        let model = history.model
        let total = 5000
        let readers = (0..<4).map { _ in
            Task { () -> Int in
                var seen = 0
                while seen < total {
                    let page = try await model.entries(
                        of: WrittenHistory.streamID, from: Int64(seen), limits: ReadLimits())
                    for entry in page.entries {
                        #expect(entry.index == UInt64(seen))
                        #expect(Array(entry.bytes) == WrittenHistory.entry(entry.index))
                        seen += 1
                    }
                    let tail = try await model.tail(of: WrittenHistory.streamID)
                    #expect(Int(tail?.index ?? 0) >= seen - 1)
                    await Task.yield()
                }
                return seen
            }
        }
        for first in stride(from: 0 as UInt64, to: UInt64(total), by: 20) {
            try history.append(first...first + 19)
        }
        for reader in readers { #expect(try await reader.value == total) }
        try await history.close()
    }
}
