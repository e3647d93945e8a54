import ByteCoding
import Platform

/// What a block is; the bits of its `flags`.
struct BlockFlags: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    static let deflated = BlockFlags(rawValue: 1)
    /// Its records are kept as a client deflated them.
    static let kept = BlockFlags(rawValue: 2)
    /// The last block of its commit.
    static let commitEnd = BlockFlags(rawValue: 4)
    /// Without records: it only says what is durable.
    static let mark = BlockFlags(rawValue: 8)
    /// Its body goes on with the record that the block before began.
    static let continued = BlockFlags(rawValue: 16)
    /// Its record goes on in the next block.
    static let continues = BlockFlags(rawValue: 32)
    /// It holds one index record and nothing else.
    static let index = BlockFlags(rawValue: 64)

    /// The first that a process wrote after it took the journal over.
    static let opened = BlockFlags(rawValue: 128)

    static let known: BlockFlags = [
        .deflated, .kept, .commitEnd, .mark, .continued, .continues, .index, .opened,
    ]
}

/// The 64 bytes before the body of a block; SegmentFormat.md describes them field by field.
struct BlockHeader: Hashable, Sendable {
    static let length = 64
    static let magic: UInt32 = 0x4b42_4a4c

    var flags: BlockFlags
    var salt: UInt32 = 0
    /// The header checksum of the block before, or of the segment header.
    var chain: UInt32 = 0
    /// The number of the first record that begins here; of the one going on in a continued block.
    var firstRecord: RecordNumber
    /// How many records begin here.
    var recordCount: UInt32
    var storedLength: UInt32
    var inflatedLength: UInt32
    var bodyChecksum: UInt32
    /// When the commit was decided.
    var time: Timestamp
    /// The last record known to be durable when the block was handed to the disk.
    var durable: RecordNumber = .none

    /// The last record that begins here; the one before `firstRecord` if none does.
    var lastRecord: RecordNumber {
        recordCount == 0
            ? RecordNumber(rawValue: firstRecord.rawValue &- 1)
            : firstRecord.advanced(by: Int(recordCount) - 1)
    }

    /// The last record that cannot be read if nothing before the block can: one that merely goes
    /// on here is among them.
    var lastBefore: RecordNumber {
        flags.contains(.continued)
            ? firstRecord : RecordNumber(rawValue: firstRecord.rawValue &- 1)
    }

    /// Whether all records of the block come before the first that is wanted.
    func isBefore(_ first: RecordNumber) -> Bool {
        recordCount > 0 ? lastRecord < first : firstRecord < first
    }

    /// Writes the header to the front of `target`, checksum last, and returns the checksum, which
    /// is the chain value for the block after it.
    @discardableResult
    func encode(into target: UnsafeMutableRawBufferPointer) -> UInt32 {
        func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
            target.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
        }
        store(Self.magic, at: 0)
        store(flags.rawValue, at: 4)
        store(UInt16(0), at: 6)
        store(salt, at: 8)
        store(chain, at: 12)
        store(firstRecord.rawValue, at: 16)
        store(recordCount, at: 24)
        store(storedLength, at: 28)
        store(inflatedLength, at: 32)
        store(bodyChecksum, at: 36)
        store(time.microseconds, at: 40)
        store(durable.rawValue, at: 48)
        store(UInt32(0), at: 56)
        let checksum = crc32(UnsafeRawBufferPointer(rebasing: target[..<(Self.length - 4)]))
        store(checksum, at: 60)
        return checksum
    }

    /// The header at the front of `bytes` and its checksum; nil if there is no whole one.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (header: BlockHeader, checksum: UInt32)?
    {
        func load<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        guard bytes.count >= length, load(UInt32.self, at: 0) == magic else { return nil }
        let checksum = load(UInt32.self, at: 60)
        guard
            checksum == crc32(UnsafeRawBufferPointer(rebasing: bytes[..<(length - 4)]))
                || DeliberateFault.ignoreHeaderChecksum.isOn
        else { return nil }
        let flags = BlockFlags(rawValue: load(UInt16.self, at: 4))
        guard
            flags.isSubset(of: .known), load(UInt16.self, at: 6) == 0,
            load(UInt32.self, at: 56) == 0
        else { return nil }
        let header = BlockHeader(
            flags: flags, salt: load(UInt32.self, at: 8), chain: load(UInt32.self, at: 12),
            firstRecord: RecordNumber(rawValue: load(UInt64.self, at: 16)),
            recordCount: load(UInt32.self, at: 24), storedLength: load(UInt32.self, at: 28),
            inflatedLength: load(UInt32.self, at: 32), bodyChecksum: load(UInt32.self, at: 36),
            time: Timestamp(microseconds: load(Int64.self, at: 40)),
            durable: RecordNumber(rawValue: load(UInt64.self, at: 48)))
        return (header, checksum)
    }
}
