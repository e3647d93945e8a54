import ByteCoding
import TestSupport
import Testing

/// Integers and byte runs.
@Suite struct VarintTests {
    @Test func `varints round trip and have their minimal length`() throws {
        var numbers = SeededNumbers(seed: 1)
        var values: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, .max]
        for shift in 0..<64 { values.append(numbers.next() >> UInt64(shift)) }
        for value in values {
            var bytes: [UInt8] = []
            bytes.appendVarint(value)
            #expect(bytes.count == varintLength(value))
            var reader = ByteReader(bytes)
            #expect(try reader.varint() == value)
            #expect(reader.isAtEnd)
        }
    }

    @Test func `zig-zag keeps small magnitudes short`() throws {
        for value: Int64 in [0, -1, 1, -64, 63, .min, .max] {
            var bytes: [UInt8] = []
            bytes.appendZigZag(value)
            var reader = ByteReader(bytes)
            #expect(try reader.zigZag() == value)
        }
    }

    @Test func `varints that are cut or too long are refused`() {
        var cut = ByteReader([0x80, 0x80])
        #expect(throws: ByteError.cutShort(offset: 0)) { try cut.varint() }
        var long = ByteReader([UInt8](repeating: 0xff, count: 11))
        #expect(throws: ByteError.varintOverflow(offset: 0)) { try long.varint() }
        var overflowing = ByteReader([UInt8](repeating: 0xff, count: 9) + [0x02])
        #expect(throws: ByteError.varintOverflow(offset: 0)) { try overflowing.varint() }
    }

    @Test func `no length reads past the end`() {
        var reader = ByteReader([0x05, 1, 2])
        #expect(throws: ByteError.cutShort(offset: 0)) { try reader.lengthPrefixed() }
        var huge = ByteReader([UInt8](repeating: 0xff, count: 9) + [0x01])
        #expect(throws: ByteError.self) { try huge.lengthPrefixed() }
        var limited = ByteReader([0x03, 1, 2, 3])
        #expect(throws: ByteError.tooLong(offset: 0, length: 3, limit: 2)) {
            try limited.lengthPrefixed(limit: 2)
        }
        var negative = ByteReader([1, 2])
        #expect(throws: ByteError.self) { try negative.take(-1) }
    }

    @Test func `hostile protobuf is refused, never trapped on`() throws {
        var numbers = SeededNumbers(seed: 9)
        for _ in 0..<5000 {
            let bytes = (0..<numbers.next() % 30).map { _ in
                UInt8(truncatingIfNeeded: numbers.next())
            }
            var scanner = WireScanner(bytes[...])
            var fields = 0
            do throws(ByteError) {
                while try scanner.next() != nil { fields += 1 }
            } catch {
                #expect(error != .tooLong(offset: 0, length: 0, limit: 0))
            }
            #expect(fields <= bytes.count)
        }
    }
}
