import Platform
import TestSupport
import Testing

@testable import Journal

/// What is written is read again, block by block and record by record.
@Suite struct RoundTripTests {
    @Test func `more numbers than a block counts are left out in several blocks`() throws {
        let builder = CommitBuilder(
            nextRecord: .first, options: JournalOptions(), indexRecord: { nil })
        let frames = 1000
        for _ in 0..<frames { builder.leaveOut(CommitBuilder.leftOutLimit) }
        let commit = try #require(builder.finish(at: .zero))
        #expect(commit.blocks.count == 4)
        #expect(commit.last.rawValue == UInt64(frames * CommitBuilder.leftOutLimit))
    }

    @Test func `records come back in order through blocks, commits and segments`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        for commit in 0..<60 {
            try journal.fill()
            try journal.append((0..<(commit % 4 + 1)).map { 20 + $0 * 17 })
        }
        try journal.sink.close()
        let contents = try harness.readAll()
        #expect(Set(contents.records) == journal.acknowledged)
        #expect(contents.records == contents.records.sorted())
        #expect(contents.wrong.isEmpty && contents.lost.isEmpty && contents.uncovered == 0)
        #expect(try harness.directory.segments().count > 1, "the workload rotates")
    }

    @Test func `a record longer than a block goes on in the next blocks`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([10, 600, 10])
        try journal.sink.close()
        let contents = try harness.readAll()
        #expect(contents.records == [1, 2, 3])
        #expect(contents.wrong.isEmpty)
        for location in journal.locations {
            let records = try journal.recovered.reader.records(at: location.block)
            #expect(records.allSatisfy(JournalHarness.isRight))
        }
    }

    @Test func `kept records lie apart and come back as they were`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([30])
        try journal.append([300, 40], form: .kept)
        try journal.append([30])
        try journal.sink.close()
        var forms: [RecordForm] = []
        var deflated: [Bool] = []
        var cursor = JournalReader(harness.directory).blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            let records = block.records.filter { $0.kind == JournalHarness.kind }
            forms += records.map(\.form)
            if !records.isEmpty { deflated.append(block.isDeflated) }
        }
        #expect(forms == [.plain, .kept, .kept, .plain])
        #expect(deflated.dropFirst().dropLast().allSatisfy { !$0 })
        #expect(try harness.readAll().wrong.isEmpty)
    }

    @Test func `what recovery has read serves its readers until something is written`() throws {
        let harness = JournalHarness()
        var journal = try harness.open()
        for _ in 0..<8 { try journal.append([40, 40, 40]) }
        try journal.sink.close()
        journal = try harness.open()
        let reader = journal.recovered.reader
        let segment = try #require(try harness.directory.segments().last)
        let fresh = JournalReader(harness.directory, runOf: JournalHarness.run)
        #expect(try Contents(reader) == Contents(fresh))
        #expect(try Contents(reader).records.count == 24)
        #expect(try reader.runs(in: segment).runs == fresh.runs(in: segment).runs)
        // The file is not looked at meanwhile.
        let path = harness.directory.segmentPath(segment)
        let whole = try harness.disk.open(path, .update)
        let damaged = 200
        let byte = try whole.read(1, at: damaged)
        try whole.write([byte[0] ^ 0xff], at: damaged)
        #expect(try Contents(fresh).records.count < 24)
        #expect(try Contents(reader).records.count == 24)
        try whole.write(byte, at: damaged)
        try journal.append([40])
        #expect(try Contents(reader) == Contents(fresh))
        #expect(try Contents(reader).records.count == 25)
        #expect(try reader.runs(in: segment).runs == fresh.runs(in: segment).runs)
    }

    @Test func `a reader may begin anywhere`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        for _ in 0..<40 {
            try journal.fill()
            try journal.append([40, 40, 40])
        }
        let written = journal.acknowledged.sorted()
        let last = try #require(written.last)
        for first in [1, 2, 3, written[50], last - 1, last] {
            let found = try harness.readAll(from: RecordNumber(rawValue: first)).records
            // It begins with the block that holds the record.
            #expect(found.contains(first))
            #expect(found.last == last && found.allSatisfy { $0 + 3 > first })
        }
        let behind = try harness.readAll(from: RecordNumber(rawValue: last + 1)).records
        #expect(behind.isEmpty)
    }

    @Test func `an empty commit is none`() throws {
        let journal = try JournalHarness().open()
        #expect(journal.recovered.builder.finish(at: .zero) == nil)
        #expect(journal.recovered.builder.isEmpty)
    }

    @Test func `a record that no commit holds is refused and changes nothing`() throws {
        let journal = try JournalHarness().open()
        let builder = journal.recovered.builder
        let limit = builder.payloadLimit
        #expect(throws: JournalError.recordTooLong(length: limit + 1, limit: limit)) {
            try builder.add(
                kind: JournalHarness.kind, version: 1,
                payload: [UInt8](repeating: 0, count: limit + 1), run: nil)
        }
        #expect(builder.isEmpty)
        try journal.append([limit])
        #expect(journal.acknowledged == [1])
    }

    @Test func `the runs of a segment are the same from footer, index records and blocks`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        for _ in 0..<50 {
            try journal.fill()
            try journal.append([40, 40, 40])
        }
        // While open: by index records and the blocks behind them, without the writer's memory.
        let reader = JournalReader(harness.directory, runOf: JournalHarness.run)
        let found = try harness.directory.segments().flatMap { try reader.runs(in: $0).runs }
        #expect(Set(found) == Set(journal.locations))
        for segment in try reader.segments() where segment.isSealed {
            #expect(segment.countsByKind[JournalHarness.kind] ?? 0 > 0)
            #expect(segment.firstTime <= segment.lastTime)
        }
        // Index records are there, so that a restart inflates little.
        var indexes = 0
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            indexes += block.records.filter { $0.kind == .index }.count
        }
        #expect(indexes > 0)
    }
}
