import ByteCoding
import Foundation
import Platform
import Testing

@testable import Journal

/// Whoever deflates a block, its stored form is the same, and it is made once.
@Suite struct BlockDeflationTests {
    private let text = [UInt8](String(repeating: "a line of a log\n", count: 500).utf8)

    @Test func `who needs it first makes it`() throws {
        let block = BlockDeflation(framed: text)
        let stored = block.stored(with: Deflater(level: 1))
        #expect(stored.isDeflated)
        #expect(stored.checksum == crc32(stored.bytes[...]))
        var inflated: [UInt8] = []
        try Inflater().inflate(stored.bytes[...], into: &inflated, limit: text.count)
        #expect(inflated == text)
        // A second one, of another level, comes too late to change it.
        block.deflate(with: Deflater(level: 9))
        #expect(block.stored(with: Deflater(level: 9)).bytes == stored.bytes)
    }

    @Test func `a promised block is left to the one that promised`() {
        let block = BlockDeflation(framed: text)
        block.promise()
        // Of different levels, so that the bytes tell who made them.
        block.deflateUnlessPromised(with: Deflater(level: 1))
        block.deflate(with: Deflater(level: 9))
        var expected: [UInt8] = []
        Deflater(level: 9).deflate(text[...], into: &expected)
        #expect(block.stored(with: Deflater(level: 1)).bytes == expected)
    }

    @Test func `what deflating makes longer is stored as it is`() {
        let noise = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 197 ^ ($0 >> 2)) }
        let stored = BlockDeflation(framed: noise).stored(with: Deflater(level: 1))
        #expect(!stored.isDeflated)
        #expect(stored.bytes == noise)
    }

    @Test func `kept bytes are never deflated`() {
        let stored = BlockDeflation(kept: text).stored(with: Deflater(level: 1))
        #expect(!stored.isDeflated)
        #expect(stored.bytes == text)
    }

    @Test func `who comes while another deflates waits for the result`() {
        for _ in 0..<200 {
            let block = BlockDeflation(framed: text)
            let other = Lock<[UInt8]?>(nil)
            let thread = Thread {
                let bytes = block.stored(with: Deflater(level: 1)).bytes
                other.withLock { $0 = bytes }
            }
            thread.start()
            let mine = block.stored(with: Deflater(level: 1)).bytes
            while other.withLock({ $0 == nil }) {}
            #expect(other.withLock { $0 } == mine)
        }
    }
}
