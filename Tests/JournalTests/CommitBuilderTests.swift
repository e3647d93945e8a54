import Platform
import Testing

@testable import Journal

/// What gathers records gives away their bytes, not its room.
@Suite struct CommitBuilderTests {
    @Test func `a block takes no more room than its bytes, however many were before it`() throws {
        let builder = CommitBuilder(nextRecord: .first, options: JournalOptions())
        let payload = [UInt8](repeating: 7, count: 1000)
        for _ in 0..<20 {
            try builder.add(kind: .leftOut, version: 1, payload: payload, form: .kept, run: nil)
            let commit = try #require(builder.finish(at: .zero))
            let block = try #require(commit.blocks.first)
            let bytes = block.body.stored(with: builder.newDeflater()).bytes
            #expect(bytes.count > payload.count && bytes.capacity < 2 * payload.count)
        }
    }
}
