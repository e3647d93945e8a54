import ByteCoding
import Platform

/// A commit as it is written: its blocks back to back, headers still to be stamped.
struct CommitImage {
    struct Block {
        /// Of the header, in `bytes`.
        let offset: Int
        /// Without salt, chain and stamp, which belong to the place it is written to.
        let header: BlockHeader
        let content: SealedCommit.Block
    }

    /// Blocks with room for their headers.
    private(set) var bytes: [UInt8] = []
    private(set) var blocks: [Block] = []

    /// Deflates what nobody has deflated yet.
    init(_ commit: SealedCommit, deflater: Deflater) {
        blocks.reserveCapacity(commit.blocks.count)
        for (index, block) in commit.blocks.enumerated() {
            let stored = block.body.stored(with: deflater)
            var flags = block.flags
            if stored.isDeflated { flags.insert(.deflated) }
            if index == commit.blocks.count - 1 { flags.insert(.commitEnd) }
            let header = BlockHeader(
                flags: flags, firstRecord: block.firstRecord, recordCount: block.recordCount,
                storedLength: UInt32(stored.bytes.count), inflatedLength: UInt32(block.body.length),
                bodyChecksum: stored.checksum, time: commit.time)
            blocks.append(Block(offset: bytes.count, header: header, content: block))
            bytes.append(contentsOf: repeatElement(0, count: BlockHeader.length))
            bytes.append(contentsOf: stored.bytes)
        }
    }

    /// Stamps the headers for a place behind a block with checksum `chain`; returns the checksum
    /// of the last header.
    mutating func place(
        salt: UInt32, chain before: UInt32, durable: RecordNumber, opens: Bool = false
    ) -> UInt32 {
        var chain = before
        bytes.withUnsafeMutableBytes { buffer in
            for (index, block) in blocks.enumerated() {
                var header = block.header
                if opens, index == 0 { header.flags.insert(.opened) }
                header.salt = salt
                header.chain = chain
                header.durable = durable
                chain = header.encode(
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: buffer[block.offset..<block.offset + BlockHeader.length]))
            }
        }
        return chain
    }

    /// Enters the blocks into the table of the segment in which they begin at `start`.
    func enter(into table: inout RunTable, at start: Int) {
        for (index, block) in blocks.enumerated() {
            let end = index + 1 < blocks.count ? blocks[index + 1].offset : bytes.count
            table.add(
                block.header, at: UInt32(start + block.offset), end: UInt32(start + end),
                runs: block.content.runs, countsByKind: block.content.countsByKind)
        }
    }
}
