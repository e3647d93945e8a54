import ByteCoding
import Platform

/// What a segment without a footer holds, found by its index records and by inflating the rest.
struct OpenSegment {
    let table: RunTable
    /// How many runs, and up to where, the last index record covers.
    let indexedRuns: Int
    let indexedEnd: UInt32

    /// - Parameter runOf: what a record holds.
    init(_ walk: SegmentWalk, runOf: RunOf) {
        var table = RunTable()
        var indexedRuns = 0
        let inflater = Inflater()
        for step in walk.kept where step.header.flags.contains(.index) {
            guard
                let index = Self.index(in: walk.image, step, inflater),
                index.coveredFrom == table.coveredEnd
            else { continue }
            let earlier = table.runs
            table = index.table
            table.runs = earlier + index.table.runs
            indexedRuns = table.runs.count
        }
        let indexedEnd = table.coveredEnd
        for step in walk.kept where step.offset >= Int(indexedEnd) {
            Self.add(step, of: walk.image, to: &table, runOf, inflater)
        }
        self.table = table
        self.indexedRuns = indexedRuns
        self.indexedEnd = indexedEnd
    }

    /// What an index block holds; nil if it speaks of another segment.
    private static func index(
        in image: SegmentImage, _ step: SegmentWalk.Step, _ inflater: Inflater
    ) -> SegmentIndex? {
        guard
            let body = image.body(of: step.header, at: step.offset, inflater),
            let records = RecordFrame.records(
                in: body, numbered: step.header.firstRecord,
                count: Int(step.header.recordCount), form: .plain),
            let record = records.first, record.kind == .index,
            let index = SegmentIndex(decoding: record.payload),
            index.segment == image.header.firstRecord
        else { return nil }
        return index
    }

    private static func add(
        _ step: SegmentWalk.Step, of image: SegmentImage, to table: inout RunTable,
        _ runOf: RunOf, _ inflater: Inflater
    ) {
        var runs = RunCollector()
        var counts: [UInt8: UInt64] = [:]
        for record in image.records(in: step, inflater)?.records ?? [] {
            counts[record.kind.rawValue, default: 0] += 1
            if let run = runOf(record) { runs.add(run) }
        }
        table.add(
            step.header, at: UInt32(step.offset), end: UInt32(step.end), runs: runs.runs,
            countsByKind: counts)
    }
}

extension SegmentImage {
    /// The records that begin in a block, and the length of the body they were in; none in a mark
    /// and where only a record goes on. Nil if the body is not what the header says.
    func records(
        in step: SegmentWalk.Step, _ inflater: Inflater
    ) -> (records: [Record], inflated: Int)? {
        let header = step.header
        guard !header.flags.contains(.continued), header.recordCount > 0 else { return ([], 0) }
        guard
            let body = wholeBody(from: step, inflater),
            let records = RecordFrame.records(
                in: body, numbered: header.firstRecord, count: Int(header.recordCount),
                form: header.flags.contains(.kept) ? .kept : .plain)
        else { return nil }
        return (records, body.count)
    }

    /// The body that begins in a block, with the pieces of the blocks that it goes on in.
    func wholeBody(from step: SegmentWalk.Step, _ inflater: Inflater) -> [UInt8]? {
        guard var (header, checksum) = self.header(at: step.offset),
            var body = body(of: header, at: step.offset, inflater)
        else { return nil }
        var offset = step.end
        while header.flags.contains(.continues) {
            guard
                let (next, chain) = self.header(at: offset), next.flags.contains(.continued),
                next.chain == checksum,
                offset + BlockHeader.length + Int(next.storedLength) <= end,
                let piece = self.body(of: next, at: offset, inflater)
            else { return nil }
            body += piece
            offset += BlockHeader.length + Int(next.storedLength)
            (header, checksum) = (next, chain)
        }
        return body
    }
}
