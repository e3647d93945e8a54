import Platform
import Testing

@testable import Journal

/// The header that stands before each block.
@Suite struct BlockHeaderTests {
    private static let header = BlockHeader(
        flags: [.deflated, .commitEnd], salt: 7, chain: 9, firstRecord: RecordNumber(rawValue: 40),
        recordCount: 3, storedLength: 50, inflatedLength: 90, bodyChecksum: 11,
        time: Timestamp(microseconds: 5), durable: RecordNumber(rawValue: 39))

    private static var encoded: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BlockHeader.length)
        bytes.withUnsafeMutableBytes { _ = header.encode(into: $0) }
        return bytes
    }

    @Test func `a header is read as it was written`() {
        #expect(Self.encoded.withUnsafeBytes { BlockHeader.decode($0)?.header } == Self.header)
    }

    @Test func `a header with any bit flipped is none`() {
        for place in 0..<BlockHeader.length * 8 {
            var bytes = Self.encoded
            bytes[place / 8] ^= 1 << UInt8(place % 8)
            #expect(bytes.withUnsafeBytes { BlockHeader.decode($0) } == nil, "bit \(place)")
        }
    }
}
