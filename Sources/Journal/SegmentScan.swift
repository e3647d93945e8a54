import ByteCoding
import Platform

/// What stands at one place of a segment.
enum BlockCheck: Hashable, Sendable {
    case whole(BlockHeader, chain: UInt32, length: Int)
    /// Only zeros from here to the end of the file.
    case zeros
    /// Something that is no whole block of this segment.
    case damaged(Damage.Cause)
}

/// A whole segment in memory, and its blocks one after another.
struct SegmentImage: Sendable {
    let header: SegmentHeader
    let bytes: [UInt8]
    /// Where blocks end: at the footer of a sealed segment, else at the end of the file.
    let end: Int

    /// Looks at the block that begins at `offset` and should carry `chain`.
    func check(at offset: Int, chain: UInt32) -> BlockCheck {
        guard offset < end else { return .zeros }
        guard let (found, checksum) = header(at: offset) else {
            return isZero(from: offset) ? .zeros : .damaged(.header)
        }
        let length = BlockHeader.length + Int(found.storedLength)
        guard length <= end - offset, hasWholeBody(found, at: offset) else {
            return .damaged(.body)
        }
        guard found.chain == chain || DeliberateFault.dropChainCheck.isOn
        else { return .damaged(.chain) }
        return .whole(found, chain: checksum, length: length)
    }

    /// The header at `offset` and its checksum, if it is whole and one of this segment's.
    func header(at offset: Int) -> (header: BlockHeader, checksum: UInt32)? {
        bytes.withUnsafeBytes { buffer in
            guard offset < end,
                let found = BlockHeader.decode(
                    UnsafeRawBufferPointer(rebasing: buffer[offset..<end])),
                header.owns(found.header)
            else { return nil }
            return found
        }
    }

    /// Whether the body behind the header at `offset`, which is all there, fits its checksum.
    func hasWholeBody(_ header: BlockHeader, at offset: Int) -> Bool {
        let start = offset + BlockHeader.length
        return crc32(bytes[start..<start + Int(header.storedLength)]) == header.bodyChecksum
            || DeliberateFault.ignoreBodyChecksum.isOn
    }

    /// The next whole block of this segment behind `offset`, whatever chain it carries.
    func nextWhole(after offset: Int) -> (offset: Int, header: BlockHeader)? {
        bytes.withUnsafeBytes { buffer in
            var position = offset + 1
            let magic = UInt8(truncatingIfNeeded: BlockHeader.magic)
            while position + BlockHeader.length <= end {
                if buffer[position] == magic, let (found, _) = header(at: position),
                    BlockHeader.length + Int(found.storedLength) <= end - position,
                    hasWholeBody(found, at: position)
                {
                    return (position, found)
                }
                position += 1
            }
            return nil
        }
    }

    /// The first whole block header in a file, whatever salt it carries.
    static func firstBlock(in bytes: [UInt8]) -> BlockHeader? {
        bytes.withUnsafeBytes { buffer in
            let magic = UInt8(truncatingIfNeeded: BlockHeader.magic)
            var position = SegmentHeader.length
            while position + BlockHeader.length <= buffer.count {
                if buffer[position] == magic,
                    let (header, _) = BlockHeader.decode(
                        UnsafeRawBufferPointer(rebasing: buffer[position...]))
                {
                    return header
                }
                position += 1
            }
            return nil
        }
    }

    /// The end of the last byte that is not zero.
    var endOfContent: Int {
        bytes.withUnsafeBytes { buffer in
            var position = end
            while position > 0, buffer[position - 1] == 0 { position -= 1 }
            return position
        }
    }

    /// The inflated body of the block whose whole header stands at `offset`; nil if it does not
    /// inflate to what the header says.
    func body(of header: BlockHeader, at offset: Int, _ inflater: Inflater) -> [UInt8]? {
        let start = offset + BlockHeader.length
        return BlockBody.inflate(
            bytes[start..<start + Int(header.storedLength)], header, inflater)
    }

    private func isZero(from offset: Int) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var position = offset
            while position + 8 <= end {
                guard buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self) == 0 else {
                    return false
                }
                position += 8
            }
            return buffer[position..<end].allSatisfy { $0 == 0 }
        }
    }
}

/// From stored bytes to the body they stand for.
enum BlockBody {
    /// No writer makes larger blocks, whatever its options.
    static let inflatedLimit = 64 << 20

    /// Nil if the bytes do not inflate to exactly what `header` says.
    static func inflate(
        _ stored: ArraySlice<UInt8>, _ header: BlockHeader, _ inflater: Inflater
    ) -> [UInt8]? {
        guard header.flags.contains(.deflated) else {
            return stored.count == Int(header.inflatedLength) ? Array(stored) : nil
        }
        var failed = false
        let length = Int(header.inflatedLength)
        guard length <= inflatedLimit else { return nil }
        let body = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            stored.withUnsafeBytes { source in
                do {
                    count = try inflater.inflate(
                        source, exactlyInto: UnsafeMutableRawBufferPointer(buffer))
                } catch {
                    failed = true
                }
            }
        }
        return failed || body.count != length ? nil : body
    }
}
