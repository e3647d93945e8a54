import ButlerProtocol
import Platform
import TestSupport
import Testing

/// How text becomes entries, by `format-vectors.json`, group `chunking`.
struct ChunkingVectorTests {
    @Test func `text is cut into the original's entries`() throws {
        for vector in try Vectors.formatGroup("chunking")?.objects("text") ?? [] {
            let title = try #require(vector.string("title"))
            let interval = vector.int("chunk_interval_s") ?? 0
            var chunker = TextChunker()
            for (index, chunk) in vector.strings("chunks_hex").enumerated() {
                chunker.append(
                    try #require([UInt8](hex: chunk)), at: Self.time(index * interval))
            }
            let isClosed = vector.bool("closed") == true
            if isClosed { chunker.close() }
            let limit = try #require(vector.int("limit"))
            let allowSplit = vector.bool("allow_split") == true
            guard !isClosed || vector.int("bytes_left") == 0 else {
                Vectors.notRun(
                    "chunking \(title)",
                    because: "the original keeps such bytes for ever; here the end lets them go")
                while chunker.next(limit: limit, allowSplit: allowSplit) != nil {}
                #expect(chunker.buffered == 0, "\(title)")
                continue
            }
            for expected in vector.objects("entries") {
                guard let entry = chunker.next(limit: limit, allowSplit: allowSplit) else {
                    Issue.record("\(title): an entry is missing")
                    break
                }
                #expect(entry.sequence == expected.int("sequence").map { UInt64($0) }, "\(title)")
                let offset = try #require(expected.int("chunk_time_offset_s"))
                #expect(entry.time == Self.time(offset), "\(title)")
                let lines = expected.objects("lines")
                #expect(entry.lines.map(\.value) == lines.map { $0.hex("value_hex") }, "\(title)")
                #expect(
                    entry.lines.map { Array($0.delimiter.utf8) }
                        == lines.map { $0.hex("delimiter_hex") }, "\(title)")
            }
            #expect(chunker.next(limit: limit, allowSplit: allowSplit) == nil, "\(title)")
            #expect(chunker.buffered == vector.int("bytes_left"), "\(title)")
        }
    }

    private static func time(_ seconds: Int) -> Timestamp {
        Timestamp(microseconds: Int64(seconds) * 1_000_000)
    }
}
