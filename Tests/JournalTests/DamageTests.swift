import Platform
import TestSupport
import Testing

@testable import Journal

/// Damage of every kind at every place: what is read is right or reported, never wrong, and
/// nothing that was durable goes without a word.
@Suite struct DamageTests {
    /// A journal of a sealed segment and an open one, closed in good order.
    private static func written() throws -> (JournalHarness, Set<UInt64>) {
        let harness = JournalHarness()
        let journal = try harness.open()
        var inSecond = 0
        while inSecond < 7 {
            try journal.fill()
            let commit = journal.commits.count
            let lengths = commit % 7 == 3 ? [400] : [30, 60, 90]
            try journal.append(lengths, form: commit % 5 == 4 ? .kept : .plain)
            if try harness.directory.segments().count == 2 { inSecond += 1 }
        }
        try journal.sink.close()
        return (harness, journal.acknowledged)
    }

    /// Opens the damaged journal twice and reads it; what it lost must be in the report.
    private static func judge(
        _ damaged: JournalHarness, _ acknowledged: Set<UInt64>, _ place: String,
        mayCut: Bool = true
    ) throws {
        let live = try damaged.readAll()
        #expect(live.wrong.isEmpty, "\(place): live \(live.wrong)")
        #expect(live.told(by: []) == [], "\(place): said to be lost, and read")
        let journal = try damaged.open()
        let report = journal.report
        try journal.sink.close()
        let contents = try damaged.readAll()
        #expect(contents.wrong.isEmpty, "\(place): wrong \(contents.wrong)")
        #expect(contents.records == contents.records.sorted(), "\(place)")
        #expect(contents.told(by: report.losses) == [], "\(place): said to be lost, and read")
        let missing = acknowledged.subtracting(contents.records)
        // Recovery looks at the end; what rotted in sealed segments is told by whoever reads them.
        let reported =
            contents.lost
            + report.losses.compactMap(\.range)
        let silent = missing.filter { number in !reported.contains { $0.contains(number) } }
        if !silent.isEmpty {
            // Behind the last stamp a torn commit and a rotten one look the same; both are told.
            let undecidable = report.cuts.contains(where: \.isUndecidable)
            #expect(mayCut && undecidable, "\(place): \(silent.sorted()) of \(report)")
            #expect(silent == acknowledged.filter { $0 >= silent.min() ?? 0 }, "\(place)")
        }
        for number in missing {
            #expect(journal.recovered.lastRecord.rawValue >= number || !silent.isEmpty, "\(place)")
        }
        // What recovery left is in order: opening it once more finds no more to cut.
        let again = try damaged.open()
        #expect(again.report.cuts.isEmpty, "\(place): \(again.report)")
        #expect(again.recovered.lastRecord == journal.recovered.lastRecord, "\(place)")
        // In small pieces, inflated ahead, and as a whole it is the same, damage included.
        for (ahead, length) in [(true, 300), (false, nil)] {
            let cursor = BlockCursor(
                damaged.directory, from: .first, tail: RecoveredTail(nil), inflatesAhead: ahead,
                pieceLength: length)
            #expect(try Contents(cursor) == contents, "\(place), pieces of \(length ?? 0)")
        }
    }

    @Test func `a long record is never joined with a piece of another one`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        let records = 6
        for _ in 0..<records { try journal.append([600]) }
        try journal.sink.close()
        let path = harness.directory.segmentPath(.first)
        let bytes = try #require(harness.disk.files[path])
        let pieces = bytes.withUnsafeBytes { buffer in
            (0..<buffer.count - BlockHeader.length).compactMap { offset -> Range<Int>? in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
                guard let (header, _) = BlockHeader.decode(rest), header.flags.contains(.continued)
                else { return nil }
                return offset..<offset + BlockHeader.length + Int(header.storedLength)
            }
        }
        let each = pieces.count / records
        #expect(each > 0 && pieces.count == each * records)
        let location = try #require(journal.locations.first).block
        // In the place of one of the first record stands one of another, which is as long and says as
        // much: only the chain tells them apart.
        var tried = 0
        for (index, to) in pieces[..<each].enumerated() {
            let others = stride(from: each + index, to: pieces.count, by: each).map { pieces[$0] }
            for from in others where from.count == to.count {
                harness.disk.damage(path) { $0.replaceSubrange(to, with: bytes[from]) }
                #expect(throws: JournalError.self) {
                    try JournalReader(harness.directory).records(at: location)
                }
                #expect(try harness.readAll().wrong.isEmpty)
                tried += 1
            }
            harness.disk.damage(path) { $0.replaceSubrange(to, with: bytes[to]) }
        }
        #expect(tried > 0)
        #expect(try JournalReader(harness.directory).records(at: location).count == 1)
    }

    @Test(arguments: [0, 1])
    func `a bit that flips anywhere is found`(_ which: Int) throws {
        let (harness, acknowledged) = try Self.written()
        let segment = try harness.directory.segments()[which]
        let path = harness.directory.segmentPath(segment)
        let size = try #require(harness.disk.files[path]?.count)
        for offset in 0..<size {
            let damaged = JournalHarness(harness.disk.copy())
            damaged.disk.damage(path) { $0[offset] ^= 1 << UInt8(offset % 8) }
            try Self.judge(damaged, acknowledged, "segment \(which), byte \(offset)")
        }
    }

    @Test(arguments: [64, 200, 700])
    func `zeros over a stretch are found`(_ length: Int) throws {
        let (harness, acknowledged) = try Self.written()
        for segment in try harness.directory.segments() {
            let path = harness.directory.segmentPath(segment)
            let size = try #require(harness.disk.files[path]?.count)
            for offset in stride(from: 0, to: size - length, by: 37) {
                let damaged = JournalHarness(harness.disk.copy())
                damaged.disk.damage(path) { bytes in
                    for index in offset..<offset + length { bytes[index] = 0 }
                }
                try Self.judgeCut(damaged, acknowledged, "\(segment), \(length) at \(offset)")
            }
        }
    }

    @Test(arguments: [0, 1])
    func `a file that is cut anywhere gives what is left`(_ which: Int) throws {
        let (harness, acknowledged) = try Self.written()
        let segment = try harness.directory.segments()[which]
        let path = harness.directory.segmentPath(segment)
        let size = try #require(harness.disk.files[path]?.count)
        for length in 0..<size {
            let damaged = JournalHarness(harness.disk.copy())
            damaged.disk.damage(path) { $0.removeLast(size - length) }
            try Self.judgeCut(damaged, acknowledged, "segment \(which), cut at \(length)")
        }
    }

    /// Where the end is gone with its stamps nothing can tell that it was there: what is left must
    /// be right, and whatever is missing before something that is left must be reported.
    private static func judgeCut(
        _ damaged: JournalHarness, _ acknowledged: Set<UInt64>, _ place: String
    ) throws {
        #expect(try damaged.readAll().wrong.isEmpty, "\(place)")
        let journal = try damaged.open()
        let report = journal.report
        try journal.sink.close()
        let contents = try damaged.readAll()
        #expect(contents.wrong.isEmpty, "\(place)")
        let last = contents.records.last ?? 0
        let reported =
            contents.lost + report.losses.compactMap(\.range)
        let silent = acknowledged.subtracting(contents.records).filter { number in
            number < last && !reported.contains { $0.contains(number) }
        }
        #expect(silent.isEmpty, "\(place): missing without a word: \(silent): \(report)")
        let again = try damaged.open()
        #expect(again.report.cuts.isEmpty, "\(place): \(again.report)")
        #expect(try damaged.readAll() == contents, "\(place)")
    }

    @Test func `a segment that is gone is reported, and its numbers are not given out again`()
        throws
    {
        let (harness, acknowledged) = try Self.written()
        let segments = try harness.directory.segments()
        try harness.disk.remove(harness.directory.segmentPath(segments[0]))
        let journal = try harness.open()
        let loss = try #require(journal.report.losses.first)
        #expect(loss.range == 1...segments[1].rawValue - 1)
        #expect(journal.recovered.lastRecord.rawValue >= acknowledged.max() ?? 0)
        #expect(try harness.readAll().records.first == segments[1].rawValue)
    }

    @Test func `a damaged mark is told of, and no record is missing`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([50])
        let path = harness.directory.segmentPath(.first)
        let mark = try #require(harness.disk.files[path]?.lastIndex { $0 != 0 }) + 1
        try journal.sink.mark()
        try journal.append([50])
        try journal.sink.close()
        harness.disk.damage(path) { $0[mark + 10] ^= 1 }
        let report = try harness.open().report
        #expect(report.losses.map(\.records) == [nil], "\(report)")
        #expect(report.cuts.isEmpty)
        #expect(try harness.readAll().records == [1, 2])
    }

    @Test func `a damaged footer is told of, and no record is missing`() throws {
        let (harness, acknowledged) = try Self.written()
        let path = harness.directory.segmentPath(.first)
        let size = try #require(harness.disk.files[path]?.count)
        // In the trailer, and in the table before it.
        for offset in [size - 2, size - 60, size - 70] {
            let damaged = JournalHarness(harness.disk.copy())
            damaged.disk.damage(path) { $0[offset] ^= 1 }
            let contents = try damaged.readAll()
            #expect(Set(contents.records) == acknowledged && contents.lost.isEmpty)
            let journal = try damaged.open()
            #expect(journal.report.losses.map(\.damage.cause) == [.footer])
            #expect(journal.report.losses.map(\.records) == [nil], "\(journal.report)")
            #expect(journal.report.resealed == [.first])
            try journal.sink.close()
            #expect(try damaged.open().report.isClean)
            #expect(Set(try damaged.readAll().records) == acknowledged)
        }
    }

    @Test func `the runs of a segment are found without its footer`() throws {
        let (harness, _) = try Self.written()
        let reader = JournalReader(harness.directory, runOf: JournalHarness.run)
        let whole = try reader.runs(in: .first)
        let path = harness.directory.segmentPath(.first)
        let size = try #require(harness.disk.files[path]?.count)
        for offset in [size - 2, size - 60, size - 70] {
            harness.disk.damage(path) { $0[offset] ^= 1 }
            #expect(try reader.runs(in: .first).runs == whole.runs)
            harness.disk.damage(path) { $0[offset] ^= 1 }
        }
    }

    @Test func `a reader tells of a segment whose header is damaged and reads on`() throws {
        let (harness, acknowledged) = try Self.written()
        let segments = try harness.directory.segments()
        harness.disk.damage(harness.directory.segmentPath(segments[0])) { $0[20] ^= 1 }
        let contents = try harness.readAll()
        #expect(contents.records == acknowledged.filter { $0 >= segments[1].rawValue }.sorted())
        #expect(contents.lost == [1...segments[1].rawValue - 1])
    }

    @Test func `what is cut off is kept aside`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([50])
        // A commit whose write was torn: its first bytes only, behind what was acknowledged.
        let path = harness.directory.segmentPath(.first)
        let end = try #require(harness.disk.files[path]?.lastIndex { $0 != 0 }) + 1
        harness.disk.damage(path) { bytes in
            for index in 0..<40 { bytes[end + index] = UInt8(index + 1) }
        }
        let crashed = JournalHarness(harness.disk.copy())
        let reopened = try crashed.open()
        let cut = try #require(reopened.report.cuts.first)
        #expect(cut.offset == end)
        #expect(
            crashed.disk.files["\(JournalHarness.path)/aside/\(cut.keptAs)"]
                == (0..<40).map { UInt8($0 + 1) })
        #expect(try crashed.readAll().records == [1])
    }
}

extension Contents {
    /// Records that are said to be lost, here or in `losses`, and were read all the same.
    fileprivate func told(by losses: [RecoveryReport.Loss]) -> [UInt64] {
        let ranges = lost + losses.compactMap(\.range)
        return records.filter { number in ranges.contains { $0.contains(number) } }
    }
}
