import ByteCoding
import Platform

/// The end of a sealed segment: a deflated table of what it holds, and 64 bytes that find it.
struct SegmentFooter: Hashable, Sendable {
    static let trailerLength = 64
    static let magic = Array("LDJFOOT1".utf8)
    /// A footer inflates to this at most: 64 MiB of one-record blocks stay far below.
    static let tableLimit = 64 << 20

    var generation: UInt32
    var salt: UInt32
    var firstRecord: RecordNumber
    /// The chain value of the last block, as first written.
    var chainEnd: UInt32
    /// What a rewrite left out; nothing as first written.
    var omission: Omission
    var table: RunTable

    init(
        generation: UInt32, salt: UInt32, firstRecord: RecordNumber, chainEnd: UInt32,
        omission: Omission, table: RunTable
    ) {
        self.generation = generation
        self.salt = salt
        self.firstRecord = firstRecord
        self.chainEnd = chainEnd
        self.omission = omission
        self.table = table
    }

    /// Table and trailer, to be written behind the last block, at `offset`.
    func encoded(at offset: Int) -> [UInt8] {
        var plain: [UInt8] = []
        omission.encode(into: &plain, version: SegmentHeader.version(ofGeneration: generation))
        table.encode(into: &plain)
        omission.encodeLost(into: &plain)
        var bytes: [UInt8] = []
        Deflater(level: 6).deflate(plain[...], into: &bytes)
        let stored = bytes.count
        let checksum = crc32(bytes[...])
        var trailer = Self.magic
        trailer.appendLittleEndian(SegmentHeader.version(ofGeneration: generation))
        trailer.appendLittleEndian(UInt16(0))
        trailer.appendLittleEndian(generation)
        trailer.appendLittleEndian(salt)
        trailer.appendLittleEndian(chainEnd)
        trailer.appendLittleEndian(firstRecord.rawValue)
        trailer.appendLittleEndian(table.lastRecord.rawValue)
        trailer.appendLittleEndian(UInt32(truncatingIfNeeded: offset))
        trailer.appendLittleEndian(UInt32(truncatingIfNeeded: stored))
        trailer.appendLittleEndian(UInt32(truncatingIfNeeded: plain.count))
        trailer.appendLittleEndian(checksum)
        trailer.appendLittleEndian(UInt32(0))
        trailer.appendLittleEndian(crc32(trailer[...]))
        precondition(trailer.count == Self.trailerLength, "a trailer has one length")
        return bytes + trailer
    }

    /// Where the table lies, as the trailer says.
    struct Trailer: Hashable, Sendable {
        var generation: UInt32
        var salt: UInt32
        var chainEnd: UInt32
        var firstRecord: RecordNumber
        var lastRecord: RecordNumber
        var offset: Int
        var storedLength: Int
        var inflatedLength: Int
        var checksum: UInt32
    }

    /// The trailer in the last 64 bytes of a file; nil if they are none.
    static func trailer(_ bytes: [UInt8]) -> Trailer? {
        guard bytes.count == trailerLength, bytes.starts(with: magic) else { return nil }
        do throws(ByteError) {
            var reader = ByteReader(bytes[8...])
            let version: UInt16 = try reader.littleEndian()
            let _: UInt16 = try reader.littleEndian()
            let trailer = Trailer(
                generation: try reader.littleEndian(), salt: try reader.littleEndian(),
                chainEnd: try reader.littleEndian(),
                firstRecord: RecordNumber(rawValue: try reader.littleEndian()),
                lastRecord: RecordNumber(rawValue: try reader.littleEndian()),
                offset: Int(try reader.littleEndian(UInt32.self)),
                storedLength: Int(try reader.littleEndian(UInt32.self)),
                inflatedLength: Int(try reader.littleEndian(UInt32.self)),
                checksum: try reader.littleEndian())
            guard
                version == SegmentHeader.version(ofGeneration: trailer.generation),
                crc32(bytes[..<(trailerLength - 4)])
                    == ByteReader.checksumAtEnd(of: bytes)
            else { return nil }
            return trailer
        } catch {
            preconditionFailure("the fields of a trailer take its length: \(error)")
        }
    }

    /// The footer whose trailer and table bytes these are; nil if they do not agree.
    init?(_ trailer: Trailer, table bytes: [UInt8]) {
        guard
            bytes.count == trailer.storedLength, crc32(bytes[...]) == trailer.checksum,
            trailer.inflatedLength <= Self.tableLimit
        else { return nil }
        generation = trailer.generation
        salt = trailer.salt
        firstRecord = trailer.firstRecord
        chainEnd = trailer.chainEnd
        omission = Omission()
        table = RunTable()
        do {
            var plain: [UInt8] = []
            try Inflater().inflate(bytes[...], into: &plain, limit: trailer.inflatedLength)
            var reader = ByteReader(plain)
            omission = try Omission(
                decoding: &reader, version: SegmentHeader.version(ofGeneration: generation))
            table = try RunTable(decoding: &reader)
            try omission.decodeLost(&reader)
        } catch {
            return nil
        }
    }
}

extension ByteReader {
    /// The checksum in the last four bytes of a structure.
    static func checksumAtEnd(of bytes: [UInt8]) -> UInt32 {
        bytes.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
