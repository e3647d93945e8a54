import Testing

@testable import Journal

/// Space is prepared in whole slices, so that few syncs have to move metadata.
@Suite struct SegmentSpaceTests {
    @Test func `a segment that needs a longer footer grows by whole slices`() throws {
        var harness = JournalHarness()
        harness.options.segmentSize = 64 << 10
        let journal = try harness.open()
        while try journal.sink.fillAhead() {}
        let path = "\(JournalHarness.path)/\(try segmentName(of: harness))"
        let first = try #require(try harness.disk.status(path)?.size)
        #expect(first == harness.options.fileSize)
        var sizes: Set<Int> = []
        // One run a record: the footer outgrows the room that a file has for the usual one.
        for _ in 0..<400 {
            try journal.append([40])
            while try journal.sink.fillAhead() {}
            sizes.insert(try #require(try harness.disk.status(path)?.size))
        }
        #expect(sizes.count > 1)
        for size in sizes where size != harness.options.fileSize {
            #expect(size % harness.options.fillSlice == 0)
        }
    }

    private func segmentName(of harness: JournalHarness) throws -> String {
        try #require(
            try harness.disk.list(JournalHarness.path).first { $0.hasSuffix(".seg") })
    }
}
