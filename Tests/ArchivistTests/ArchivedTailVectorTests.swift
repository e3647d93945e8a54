import TestSupport
import Testing

/// The archived cases of group `get.tail` of `vectors.json`.
@Suite struct ArchivedTailVectorTests {
    @Test func `the tail of an archive is its last entry, whatever is missing`() async throws {
        let cases = (try Vectors.group("get.tail") ?? [])
            .filter { $0.string("storage") == "archived" }
        for vector in cases {
            let indexes = try #require(vector.members["entries"] as? [Int]).map(UInt64.init)
            let fixture = try await ArchivistFixture()
            try await fixture.deliver(0..<0, to: "s")
            for index in indexes { try await fixture.deliver(index..<index + 1, to: "s") }
            // It is archived for its age, with or without an end.
            await fixture.advance(172_801)
            #expect(try await fixture.archiveDue().isEmpty)
            let stream = try #require(fixture.stream("s"))
            try #require(stream.archive != nil)
            let tail = try await fixture.store.readModel.tail(of: stream.id)
            let expected = try #require(vector.members["tail"] as? [Int]).map(UInt64.init)
            #expect(tail.map { [$0.index] } ?? [] == expected, "\(indexes)")
            try await fixture.stop()
        }
    }
}
