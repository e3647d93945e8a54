import ByteCoding
import TestSupport
import Testing

/// zlib and gzip streams.
@Suite struct DeflateTests {
    private func deflated(_ bytes: [UInt8], _ envelope: DeflateEnvelope = .zlib) -> [UInt8] {
        var output: [UInt8] = []
        Deflater(level: 6, envelope: envelope).deflate(bytes[...], into: &output)
        return output
    }

    @Test func `streams round trip in both envelopes`() throws {
        var numbers = SeededNumbers(seed: 2)
        for length in [0, 1, 100, 70_000] {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: numbers.next() % 20) }
            for envelope in [DeflateEnvelope.zlib, .gzip] {
                var output: [UInt8] = []
                try Inflater(envelope: envelope).inflate(
                    deflated(bytes, envelope)[...], into: &output, limit: 1 << 20)
                #expect(output == bytes)
            }
        }
    }

    @Test func `a stream of exactly the limit passes and one byte more does not`() throws {
        let bytes = [UInt8](repeating: 7, count: 10_000)
        var output: [UInt8] = []
        try Inflater().inflate(deflated(bytes)[...], into: &output, limit: 10_000)
        #expect(output.count == 10_000)
        var other: [UInt8] = []
        #expect(throws: DeflateError.tooLong(limit: 9999)) {
            try Inflater().inflate(deflated(bytes)[...], into: &other, limit: 9999)
        }
        #expect(other.count <= 9999)
    }

    @Test func `every cut and every flip is noticed`() {
        let bytes = Array("the quick brown fox jumps over the lazy dog, again and again".utf8)
        let stream = deflated(bytes)
        for length in 0..<stream.count {
            var output: [UInt8] = []
            #expect(throws: DeflateError.self) {
                try Inflater().inflate(stream[..<length], into: &output, limit: 1000)
            }
        }
        for position in stream.indices {
            var damaged = stream
            damaged[position] ^= 0x10
            var output: [UInt8] = []
            do throws(DeflateError) {
                try Inflater().inflate(damaged[...], into: &output, limit: 1000)
                #expect(output == bytes, "flip at \(position)")
            } catch {
                #expect(error != .tooLong(limit: 1000) || position < 2, "flip at \(position)")
            }
        }
    }

    @Test func `bytes behind the end are refused unless they are allowed`() throws {
        let stream = deflated([1, 2, 3]) + [9]
        var output: [UInt8] = []
        #expect(throws: DeflateError.trailingBytes(1)) {
            try Inflater().inflate(stream[...], into: &output, limit: 100)
        }
        output = []
        try Inflater().inflate(stream[...], into: &output, limit: 100, allowTrailing: true)
        #expect(output == [1, 2, 3])
    }

    @Test func `the checksum is CRC-32`() {
        #expect(crc32(Array("123456789".utf8)[...]) == 0xcbf4_3926)
        let whole = Array("hello world".utf8)
        #expect(crc32(whole[5...], continuing: crc32(whole[..<5])) == crc32(whole[...]))
    }
}
