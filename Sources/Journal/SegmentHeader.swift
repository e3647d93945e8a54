import ByteCoding
import Platform

/// The first 64 bytes of a segment; SegmentFormat.md describes them field by field.
struct SegmentHeader: Hashable, Sendable {
    static let length = 64
    /// The newest version that is read.
    static let formatVersion: UInt16 = 2
    static let magic = Array("LDJSEGMT".utf8)

    var generation: UInt32
    var firstRecord: RecordNumber
    /// The chain value at the end of the segment before this one, as first written.
    var chainBefore: UInt32
    /// In every block of this file, so that bytes of another file never parse as its own.
    var salt: UInt32
    var created: Timestamp

    init(
        generation: UInt32, firstRecord: RecordNumber, chainBefore: UInt32, salt: UInt32,
        created: Timestamp
    ) {
        self.generation = generation
        self.firstRecord = firstRecord
        self.chainBefore = chainBefore
        self.salt = salt
        self.created = created
    }

    /// Of a segment that is written for the first time.
    init(beginningWith first: RecordNumber, chainBefore: UInt32, created: Timestamp) {
        self.init(
            generation: 0, firstRecord: first, chainBefore: chainBefore,
            salt: Self.salt(firstRecord: first, generation: 0, created: created),
            created: created)
    }

    /// What comes of reading a header.
    enum Reading {
        case whole(SegmentHeader)
        case zeros
        case newer(UInt16)
        case damaged
    }

    /// A salt that differs between files and generations.
    static func salt(firstRecord: RecordNumber, generation: UInt32, created: Timestamp) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(firstRecord.rawValue)
        bytes.appendLittleEndian(generation)
        bytes.appendLittleEndian(created.microseconds)
        return max(1, crc32(bytes[...]))
    }

    /// Segments as first written are of version 1; rewritten ones, which leave out records, of 2.
    static func version(ofGeneration generation: UInt32) -> UInt16 { generation == 0 ? 1 : 2 }

    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version(ofGeneration: generation))
        bytes.appendLittleEndian(UInt16(0))
        bytes.appendLittleEndian(generation)
        bytes.appendLittleEndian(firstRecord.rawValue)
        bytes.appendLittleEndian(chainBefore)
        bytes.appendLittleEndian(salt)
        bytes.appendLittleEndian(created.microseconds)
        bytes.append(contentsOf: repeatElement(0, count: 20))
        bytes.appendLittleEndian(crc32(bytes[...]))
        precondition(bytes.count == Self.length, "a segment header has one length")
        return bytes
    }

    /// A file holds the numbers from its first on to less than this many later: what says otherwise
    /// was made by no writer, and would have others count through all of them.
    static let numberSpan: UInt64 = 1 << 44

    /// Whether `record` may be one of a file that begins with `first`.
    static func spans(_ record: RecordNumber, from first: RecordNumber) -> Bool {
        record < first || record.rawValue - first.rawValue < numberSpan
    }

    /// Whether a block with this header, whole in itself, belongs to the file.
    func owns(_ block: BlockHeader) -> Bool {
        block.salt == salt && Self.spans(block.lastRecord, from: firstRecord)
    }

    /// The chain value that the first block carries.
    var chain: UInt32 { crc32(encoded()[..<(Self.length - 4)]) }

    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.count >= length else { return .damaged }
        if bytes[..<length].allSatisfy({ $0 == 0 }) { return .zeros }
        do {
            return try parse(bytes)
        } catch {
            preconditionFailure("the fields of a header take its length: \(error)")
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(ByteError) -> Reading {
        var reader = ByteReader(bytes[..<length])
        guard try reader.take(8).elementsEqual(magic) else { return .damaged }
        let version: UInt16 = try reader.littleEndian()
        let reserved: UInt16 = try reader.littleEndian()
        let generation: UInt32 = try reader.littleEndian()
        let first: UInt64 = try reader.littleEndian()
        let chainBefore: UInt32 = try reader.littleEndian()
        let salt: UInt32 = try reader.littleEndian()
        let created: UInt64 = try reader.littleEndian()
        let padding = try reader.take(20)
        let checksum: UInt32 = try reader.littleEndian()
        // A newer format keeps magic, version and this checksum where they are.
        guard checksum == crc32(bytes[..<(length - 4)]) else { return .damaged }
        guard version == Self.version(ofGeneration: generation) else { return .newer(version) }
        guard reserved == 0, padding.allSatisfy({ $0 == 0 }) else { return .damaged }
        return .whole(
            SegmentHeader(
                generation: generation, firstRecord: RecordNumber(rawValue: first),
                chainBefore: chainBefore, salt: salt,
                created: Timestamp(microseconds: Int64(bitPattern: created))))
    }
}
