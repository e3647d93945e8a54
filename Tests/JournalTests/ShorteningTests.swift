import ByteCoding
import Foundation
import Platform
import TestSupport
import Testing

@testable import Journal

/// Ends that no crash leaves, headers that rot, and space that cannot be had.
@Suite struct ShorteningTests {
    /// A journal of some segments, closed in good order.
    private static func written(commits: Int = 40) throws -> JournalHarness {
        let harness = JournalHarness()
        let journal = try harness.open()
        for _ in 0..<commits {
            try journal.append([90, 90, 90])
            try journal.fill()
        }
        try journal.sink.close()
        return harness
    }

    @Test func `a file cut where a commit ends is told to be cut short`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([90])
        let end = try #require(
            try JournalReader(harness.directory).read(.first, successor: nil).end)
        try journal.append([90])
        let path = harness.directory.segmentPath(.first)
        for length in Int(end.offset)...Int(end.offset) + BlockHeader.length - 1 {
            let copy = JournalHarness(harness.disk.copy())
            copy.disk.damage(path) { $0.removeLast($0.count - length) }
            let report = try copy.open().report
            #expect(!report.isClean, "cut to \(length)")
            if length == Int(end.offset) {
                let shortening = try #require(report.shortening)
                #expect(shortening.lastRecord == .first && shortening.cause == .cutShort)
                #expect("\(report)".contains("was cut short"))
            }
            #expect(try copy.readAll().records == [1])
        }
    }

    @Test func `a last segment cut inside its header says that nobody knows how much is gone`()
        throws
    {
        let harness = try Self.written()
        let last = try #require(try harness.directory.segments().last)
        let path = harness.directory.segmentPath(last)
        for length in 0..<SegmentHeader.length {
            let copy = JournalHarness(harness.disk.copy())
            copy.disk.damage(path) { $0.removeLast($0.count - length) }
            let report = try copy.open().report
            #expect(report.losses.compactMap(\.records) == [last...last], "cut to \(length)")
            let shortening = try #require(report.shortening, "cut to \(length)")
            #expect(shortening.lastRecord == last && shortening.cause == .cutShort)
        }
    }

    @Test func `a last segment of which nothing can be read says that nobody knows what is gone`()
        throws
    {
        let harness = try Self.written()
        let segments = try harness.directory.segments()
        let last = try #require(segments.last)
        let foreign = harness.disk.files[harness.directory.segmentPath(segments[0])] ?? []
        for bytes in [[UInt8](repeating: 0, count: 9000), foreign] {
            let copy = JournalHarness(harness.disk.copy())
            copy.disk.damage(harness.directory.segmentPath(last)) { $0 = bytes }
            let report = try copy.open().report
            #expect(report.shortening?.cause == .unreadable)
            #expect("\(report)".contains("nothing of segment \(last), the last one, can be read"))
        }
        // Its successor tells how far the numbers of another one went.
        harness.disk.damage(harness.directory.segmentPath(segments[1])) { $0 = [] }
        #expect(try harness.open().report.shortening == nil)
    }

    @Test func `a sealed segment without a successor has lost it, and the journal goes on`() throws
    {
        let harness = try Self.written()
        let segments = try harness.directory.segments()
        let last = try #require(segments.last)
        #expect(segments.count > 2)
        harness.disk.take(harness.directory.segmentPath(last))
        let journal = try harness.open()
        let shortening = try #require(journal.report.shortening)
        #expect(shortening.cause == .successorMissing)
        #expect(shortening.lastRecord.next == last)
        #expect("\(journal.report)".contains("is missing"))
        try journal.append([10])
        try journal.sink.close()
        #expect(try harness.open().report.isClean)
    }

    @Test(arguments: [0, 1, 2])
    func `behind a damaged header everything that is whole is kept`(_ index: Int) throws {
        let harness = try Self.written()
        let all = try harness.readAll().records
        let segments = try harness.directory.segments()
        let segment = index == 2 ? try #require(segments.last) : segments[index]
        let path = harness.directory.segmentPath(segment)
        for offset in [0, 9, 17, 25, 29, 33, 61] {
            let copy = JournalHarness(harness.disk.copy())
            copy.disk.damage(path) { $0[offset] ^= 4 }
            let journal = try copy.open()
            #expect(journal.report.losses.map(\.damage.cause) == [.segmentHeader])
            #expect(journal.report.losses.allSatisfy { $0.records == nil })
            try journal.append([30])
            let contents = try copy.readAll()
            #expect(contents.records.dropLast() == all[...] && contents.wrong.isEmpty)
            #expect(contents.lost.isEmpty)
            #expect(copy.disk.files["\(JournalHarness.path)/aside/\(segment).seg"] != nil)
            try journal.sink.close()
            #expect(try copy.open().report.isClean)
        }
    }

    @Test func `behind a damaged header a damaged block is lost alone`() throws {
        let harness = try Self.written()
        let all = try harness.readAll().records
        let segment = try harness.directory.segments()[1]
        harness.disk.damage(harness.directory.segmentPath(segment)) { bytes in
            bytes[3] ^= 1
            bytes[SegmentHeader.length + BlockHeader.length + 5] ^= 1
        }
        let report = try harness.open().report
        let lost = try #require(report.losses.compactMap(\.range).first)
        #expect(lost.lowerBound == segment.rawValue)
        let contents = try harness.readAll()
        #expect(contents.records == all.filter { !lost.contains($0) })
        #expect(contents.lost.contains(lost))
    }

    @Test func `a block with numbers that no file reaches is none`() throws {
        let harness = try Self.written(commits: 3)
        harness.disk.damage(harness.directory.segmentPath(.first)) { bytes in
            bytes[3] ^= 1
            var start = SegmentHeader.length
            while bytes[start...].starts(with: [0x4c, 0x4a, 0x42, 0x4b]) {
                let length = Int(bytes[start + 28]) | Int(bytes[start + 29]) << 8
                bytes[start + 22] = 0x10
                let checksum = crc32(bytes[start..<start + 60])
                for byte in 0..<4 {
                    bytes[start + 60 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte))
                }
                start += BlockHeader.length + length
            }
        }
        let report = try harness.open().report
        #expect(report.losses.compactMap(\.records).first?.lowerBound == .first)
        #expect(report.shortening?.cause == .unreadable)
    }

    @Test func `another segment under a segment's name is set aside and lost by number`() throws {
        let harness = try Self.written()
        let all = try harness.readAll().records
        let segments = try harness.directory.segments()
        let foreign = harness.disk.files[harness.directory.segmentPath(segments[0])] ?? []
        harness.disk.damage(harness.directory.segmentPath(segments[1])) { $0 = foreign }
        let report = try harness.open().report
        let lost = try #require(report.losses.compactMap(\.range).first)
        #expect(lost == segments[1].rawValue...segments[2].rawValue - 1)
        let contents = try harness.readAll()
        #expect(contents.records == all.filter { !lost.contains($0) } && contents.wrong.isEmpty)
    }

    @Test func `zeros that fail for another reason than room are never tried again`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        harness.disk.fail(.sync, code: EIO)
        #expect(throws: JournalError.self) { while try journal.sink.fillAhead() {} }
        guard case .failed(let error) = journal.sink.room else {
            Issue.record("\(journal.sink.room)")
            return
        }
        #expect(error.code == EIO)
        let changes = harness.disk.changeCount
        #expect(throws: JournalError.file(error)) { try journal.sink.fillAhead() }
        #expect(harness.disk.changeCount == changes)
    }

    @Test func `a journal on a full disk opens, is read, and goes on once there is room`() throws {
        let harness = try Self.written(commits: 3)
        let records = try harness.readAll().records
        let path = harness.directory.segmentPath(.first)
        harness.disk.damage(path) { bytes in
            let content = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            bytes.removeLast(bytes.count - content - BlockHeader.length)
        }
        harness.disk.limit(to: harness.disk.files.values.reduce(0) { $0 + $1.count })
        let journal = try harness.open()
        guard case .full = journal.sink.room else {
            Issue.record("\(journal.sink.room)")
            return
        }
        #expect(try harness.readAll().records == records)
        harness.disk.limit(to: nil)
        _ = try journal.sink.fillAhead()
        try journal.fill()
        #expect(try journal.append([10]))
    }

    @Test func `a report says everything in words`() {
        let damage = Damage(segment: .first, offset: 5, cause: .body, record: .first)
        var report = RecoveryReport()
        #expect("\(report)" == "clean")
        report.losses = [
            .init(damage: damage, first: .first, last: RecordNumber(rawValue: 2)),
            .init(damage: damage, first: RecordNumber(rawValue: 2), last: .first),
        ]
        report.cuts = [true, false].map {
            .init(segment: .first, offset: 7, length: 3, keptAs: "1-7.cut", isUndecidable: $0)
        }
        report.unexplained = [.init(segment: .first, reliedOn: .last, subjects: [3])]
        let text = "\(report)"
        for part in [
            "lost records 1 to 2", "no record lost", "undecidable", "never acknowledged",
            "items of 1 subjects",
        ] { #expect(text.contains(part), "\(text)") }
        let errors: [JournalError] = [
            .damaged(damage), .unsupportedVersion(9, segment: .first), .locked(holder: "h"),
            .notADirectory("/d"), .file(FileError("open", "/d", code: 5)),
            .full(FileError("write 1 bytes to", "/d", code: 28)), .writerStopped,
            .recordTooLong(length: 9, limit: 8), .notEmpty("/d"),
            .notRewritable(.first, reason: "r"),
            .gone(BlockLocation(segment: .first, generation: 0, offset: 0)),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}
