import ByteCoding
import Platform

/// What a stretch of a segment holds: the content of footers and of index records.
struct RunTable: Hashable, Sendable {
    /// The offset up to which blocks are counted in.
    var coveredEnd: UInt32 = UInt32(SegmentHeader.length)
    var lastRecord: RecordNumber = .none
    var firstTime: Timestamp = .zero
    var lastTime: Timestamp = .zero
    var countsByKind: [UInt8: UInt64] = [:]
    /// In the order of their blocks.
    var runs: [PlacedRun] = []

    /// A run and the offset of its block.
    struct PlacedRun: Hashable, Sendable {
        var run: Run
        var offset: UInt32
    }

    /// Counts in a block that ends at `end`.
    mutating func add(
        _ block: BlockHeader, at offset: UInt32, end: UInt32, runs: [Run],
        countsByKind counts: [UInt8: UInt64]
    ) {
        coveredEnd = end
        if block.recordCount > 0 {
            if lastRecord == .none { firstTime = block.time }
            lastTime = block.time
            lastRecord = block.lastRecord
        }
        for (kind, count) in counts { countsByKind[kind, default: 0] += count }
        for run in runs { self.runs.append(PlacedRun(run: run, offset: offset)) }
    }

    /// A footer of it is not longer: a run takes ten bytes or so, about half of that deflated.
    var footerBound: Int { 1024 + runs.count * 12 }

    /// The same without the first `count` runs.
    func since(_ count: Int) -> RunTable {
        var rest = self
        rest.runs.removeFirst(count)
        return rest
    }

    /// Where the runs are, if this is the table of that file.
    func locations(in segment: RecordNumber, generation: UInt32) -> [RunLocation] {
        runs.map { placed in
            RunLocation(
                run: placed.run,
                block: BlockLocation(
                    segment: segment, generation: generation, offset: placed.offset))
        }
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendVarint(UInt64(coveredEnd))
        bytes.appendVarint(lastRecord.rawValue)
        bytes.appendLittleEndian(firstTime.microseconds)
        bytes.appendLittleEndian(lastTime.microseconds)
        bytes.appendVarint(UInt64(countsByKind.count))
        for kind in countsByKind.keys.sorted() {
            bytes.append(kind)
            bytes.appendVarint(countsByKind[kind] ?? 0)
        }
        bytes.appendVarint(UInt64(runs.count))
        var offset: UInt32 = 0
        for placed in runs {
            // Blocks follow each other, so only the distance is written.
            bytes.appendVarint(UInt64(placed.offset &- offset))
            offset = placed.offset
            bytes.appendVarint(placed.run.subject)
            bytes.appendVarint(placed.run.first)
            bytes.appendVarint(placed.run.count)
        }
    }

    init() {}

    init(decoding reader: inout ByteReader) throws(ByteError) {
        coveredEnd = UInt32(truncatingIfNeeded: try reader.varint())
        lastRecord = RecordNumber(rawValue: try reader.varint())
        firstTime = try Self.timestamp(&reader)
        lastTime = try Self.timestamp(&reader)
        for _ in 0..<(try reader.count()) {
            let kind = try reader.byte()
            countsByKind[kind] = try reader.varint()
        }
        let runCount = try reader.count()
        runs.reserveCapacity(runCount)
        var offset: UInt32 = 0
        for _ in 0..<runCount {
            offset &+= UInt32(truncatingIfNeeded: try reader.varint())
            let run = Run(
                subject: try reader.varint(), first: try reader.varint(),
                count: try reader.varint())
            runs.append(PlacedRun(run: run, offset: offset))
        }
    }

    private static func timestamp(_ reader: inout ByteReader) throws(ByteError) -> Timestamp {
        let raw: UInt64 = try reader.littleEndian()
        return Timestamp(microseconds: Int64(bitPattern: raw))
    }
}
