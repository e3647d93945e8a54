import ButlerProtocol
import Platform
import TestSupport
import Testing

/// Text becomes entries of lines, and the lines are the text.
@Suite struct TextChunkerTests {
    private func rejoined(
        _ pieces: [[UInt8]], limit: Int, splitAlways: Bool
    ) -> [UInt8] {
        var chunker = TextChunker()
        var output: [UInt8] = []
        func drain(_ chunker: inout TextChunker, split: Bool) {
            while let entry = chunker.next(limit: limit, allowSplit: split) {
                for line in entry.lines { output += line.value + line.delimiter.utf8 }
            }
        }
        for (index, piece) in pieces.enumerated() {
            chunker.append(piece, at: Timestamp(microseconds: Int64(index)))
            drain(&chunker, split: splitAlways)
        }
        chunker.close()
        drain(&chunker, split: true)
        #expect(chunker.buffered == 0)
        return output
    }

    @Test func `whatever the pieces and limits, joining the lines gives back the bytes`() {
        var numbers = SeededNumbers(seed: 3)
        let alphabet: [[UInt8]] = [
            Array("a".utf8), [0x0a], [0x0d], [0x0d, 0x0a], Array("ü".utf8), Array("日".utf8),
            Array("🚀".utf8), [0xff], [0xc3], Array("line of text".utf8), [0xef, 0xbf, 0xbd],
        ]
        for _ in 0..<2000 {
            let text = (0..<numbers.next() % 40).flatMap { _ in
                alphabet[Int(numbers.next() % UInt64(alphabet.count))]
            }
            var pieces: [[UInt8]] = []
            var rest = text[...]
            while !rest.isEmpty {
                let count = Int(1 + numbers.next() % 7)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let limit = Int(8 + numbers.next() % 40)
            #expect(rejoined(pieces, limit: limit, splitAlways: numbers.next() % 2 == 0) == text)
        }
    }

    @Test func `lines keep their endings, and an entry never mixes arrival times`() {
        var chunker = TextChunker()
        chunker.append(Array("one\ntwo\r\n".utf8), at: Timestamp(microseconds: 1))
        chunker.append(Array("three\n".utf8), at: Timestamp(microseconds: 2))
        let first = chunker.next(limit: 1000, allowSplit: false)
        #expect(first?.lines.map(\.delimiter) == ["\n", "\r\n"])
        #expect(first?.time == Timestamp(microseconds: 1))
        let second = chunker.next(limit: 1000, allowSplit: false)
        #expect(second?.sequence == 2)
        #expect(chunker.next(limit: 1000, allowSplit: true) == nil)
    }

    @Test func `a line without an end waits until splitting is allowed`() {
        var chunker = TextChunker()
        chunker.append(Array("no end".utf8), at: .zero)
        #expect(chunker.next(limit: 1000, allowSplit: false) == nil)
        let entry = chunker.next(limit: 1000, allowSplit: true)
        #expect(entry?.lines.map(\.delimiter) == [""])
    }
}
