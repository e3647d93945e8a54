import Journal
import Platform
import TestSupport

/// A journal of two segments whose records are known, and what becomes of it when one of them is
/// damaged in one place.
struct ExhaustedJournal {
    /// How the segment that is damaged ends.
    enum Ending: String, CaseIterable {
        case sealed = "of a sealed segment with its footer"
        case marked = "of an open segment with its mark"
        case unmarked = "of an open segment without mark"
    }

    private static let path = "/journal"
    private static let kind = RecordKind(rawValue: 40)

    private let disk: SimulatedDisk
    private let clock = ManualClock()
    private let options: JournalOptions
    private let ending: Ending
    /// The file that is damaged.
    private let victim: String
    /// By record number, from 1 on; nil for records that are not ours.
    private let payloads: [[UInt8]?]
    /// Where each commit of the open file ends, and the record after it.
    private let commits: [(end: Int, next: UInt64)]
    /// Bytes of the file that are tried: up to its content's end and a little behind.
    let size: Int

    init(segmentBytes: Int, _ ending: Ending) throws {
        var options = JournalOptions()
        options.blockTarget = 2 << 10
        options.blockLimit = 3 << 10
        options.commitLimit = 8 << 10
        options.segmentSize = max(segmentBytes, 32 << 10)
        options.fillSlice = options.segmentSize
        options.indexInterval = 16 << 10
        self.options = options
        self.ending = ending
        let disk = SimulatedDisk()
        self.disk = disk
        let journal = try Self.open(disk, options, clock)
        var writer = ExhaustedWriter(journal: journal)
        let wanted = ending == .sealed ? 2 : 1
        let limit = segmentBytes - (12 << 10)
        while try journal.reader.segments().count < wanted
            || (ending != .sealed && writer.bytes < limit)
        {
            try writer.append()
        }
        if ending != .unmarked { try journal.sink.close() }
        payloads = writer.payloads
        let names = disk.files.keys.filter { $0.hasSuffix(".seg") }.sorted()
        victim = names[0]
        let content = disk.files[victim] ?? []
        size =
            ending == .sealed
            ? content.count : min(content.count, (content.lastIndex { $0 != 0 } ?? 0) + 200)
        commits = try Self.commits(on: disk)
    }

    private static func commits(on disk: SimulatedDisk) throws -> [(end: Int, next: UInt64)] {
        var commits: [(end: Int, next: UInt64)] = []
        var cursor = JournalReader(JournalDirectory(path: path, files: disk)).blocks(from: .first)
        while case .block(let block)? = try cursor.next() {
            guard block.endsCommit, !block.isMark, block.location.segment == .first else {
                continue
            }
            commits.append(
                (Int(block.location.offset) + block.storedBytes, block.lastRecord.next.rawValue))
        }
        return commits
    }

    /// The first record that may be called undecidable when bytes from `offset` on are damaged and
    /// nothing whole is behind them.
    private func firstUndecidable(from offset: Int) -> UInt64 {
        commits.last { $0.end <= offset }?.next ?? 1
    }

    /// Of a flipped bit: the last commit, as long as no mark stands behind it.
    private var lastCommit: UInt64 {
        ending == .unmarked ? commits.dropLast().last?.next ?? 1 : .max
    }

    private static func open(
        _ disk: SimulatedDisk, _ options: JournalOptions, _ clock: ManualClock
    ) throws -> RecoveredJournal {
        try JournalRecovery.open(
            JournalDirectory(path: path, files: disk), options: options, clock: clock,
            runOf: { _ in nil }, holder: "exhaust")
    }

    /// - Parameter opening: whether it is opened too, and not only read.
    func judgeFlip(at offset: Int, bit: Int, opening: Bool) throws -> String? {
        let damaged = disk.copy()
        damaged.damage(victim) { $0[offset] ^= 1 << UInt8(bit) }
        return try judge(damaged, opening: opening, undecidableFrom: lastCommit)
    }

    func judgeCut(to length: Int) throws -> String? {
        let damaged = disk.copy()
        damaged.damage(victim) { $0.removeLast($0.count - length) }
        return try judge(
            damaged, opening: true,
            undecidableFrom: ending == .sealed ? .max : firstUndecidable(from: length))
    }

    private var lockPath: String { "\(Self.path)/LOCK" }
    var lockBits: Int { (disk.files[lockPath]?.count ?? 0) * 8 }

    func judgeLock(flipped bit: Int) throws -> String? {
        let damaged = disk.copy()
        damaged.damage(lockPath) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
        return try Self.open(damaged, options, clock).report.isClean ? nil : "a loss is reported"
    }
}

// Judging.
extension ExhaustedJournal {
    private func judge(
        _ damaged: SimulatedDisk, opening: Bool, undecidableFrom: UInt64
    ) throws -> String? {
        let live = try read(damaged)
        if let problem = live.problem { return "reader: \(problem)" }
        if let first = live.missing.first, first < live.last {
            return "reader: record \(first) is passed over without a word"
        }
        guard opening else { return nil }
        let report = try Self.open(damaged, options, clock).report
        let after = try read(damaged)
        if let problem = after.problem { return "after recovery: \(problem)" }
        for records in report.losses.compactMap(\.records) {
            let seen = after.seen.first { records.contains(RecordNumber(rawValue: $0)) }
            if let seen { return "record \(seen) is there and called lost: \(report)" }
        }
        let missing = after.missing.filter { number in
            !report.losses.contains { loss in
                loss.records?.contains(RecordNumber(rawValue: number)) ?? false
            }
        }
        guard let first = missing.first else { return nil }
        if first < after.last { return "record \(first) is passed over without a word: \(report)" }
        guard report.cuts.contains(where: \.isUndecidable) || report.shortening != nil else {
            return "record \(first) is missing without a word: \(report)"
        }
        return first >= undecidableFrom
            ? nil
            : "record \(first) is called undecidable, and something tells of it: \(report)"
    }

    /// What reading came to: what is wrong with it, the last record, those that were seen, and those
    /// that are missing and not told of.
    private struct Reading {
        var problem: String?
        var last: UInt64 = 0
        var seen: [UInt64] = []
        var missing: [UInt64] = []
    }

    /// Reads all that is there.
    private func read(_ disk: SimulatedDisk) throws -> Reading {
        let reader = JournalReader(JournalDirectory(path: Self.path, files: disk))
        var reading = Reading()
        var lost: [ClosedRange<RecordNumber>] = []
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                for record in block.records where record.kind == Self.kind {
                    reading.problem = check(record, after: reading.last)
                    guard reading.problem == nil else { return reading }
                    reading.last = record.number.rawValue
                    reading.seen.append(reading.last)
                }
            case .lost(let loss): if let records = loss.records { lost.append(records) }
            case .uncovered: break
            }
        }
        let seen = Set(reading.seen)
        guard seen.count < payloads.lazy.filter({ $0 != nil }).count else { return reading }
        reading.missing = payloads.indices.map(UInt64.init).filter { number in
            payloads[Int(number)] != nil && !seen.contains(number)
                && !lost.contains { $0.contains(RecordNumber(rawValue: number)) }
        }
        return reading
    }

    private func check(_ record: Record, after last: UInt64) -> String? {
        let number = record.number.rawValue
        guard number > last else { return "record \(number) comes late" }
        guard number < payloads.count, let payload = payloads[Int(number)],
            record.payload == payload[...]
        else { return "record \(number) is wrong" }
        return nil
    }
}

/// Fills a journal with records of which some deflate and some do not.
private struct ExhaustedWriter {
    let journal: RecoveredJournal
    private(set) var payloads: [[UInt8]?] = []
    private(set) var bytes = 0
    private var commits = 0

    init(journal: RecoveredJournal) { self.journal = journal }

    mutating func append() throws {
        while journal.sink.room == .filling { _ = try journal.sink.fillAhead() }
        let builder = journal.builder
        let before = RecordNumber(rawValue: builder.nextRecord.rawValue - 1)
        commits += 1
        for _ in 0..<4 + commits % 3 * 4 {
            let number = builder.nextRecord.rawValue
            var numbers = SeededNumbers(seed: number)
            let symbols: UInt64 = commits % 6 == 0 ? 4 : 256
            let payload = (0..<Int(numbers.next() % 500)).map { _ in
                UInt8(truncatingIfNeeded: numbers.next() % symbols)
            }
            while payloads.count < number { payloads.append(nil) }
            payloads.append(payload)
            try builder.add(
                kind: RecordKind(rawValue: 40), version: 1, payload: payload,
                form: commits % 5 == 4 ? .kept : .plain, run: nil)
        }
        guard let commit = builder.finish(at: Timestamp(microseconds: Int64(commits))) else {
            return
        }
        let written = journal.sink.statistics.bytes
        journal.sink.append(commit, after: before, epoch: 0) { outcome in
            guard case .durable = outcome else {
                preconditionFailure("a whole disk takes what it is given: \(outcome)")
            }
        }
        bytes += journal.sink.statistics.bytes - written
    }
}
