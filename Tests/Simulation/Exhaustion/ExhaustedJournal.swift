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
    private let payloads: [UInt64: [UInt8]]
    /// The first record of the last commit in the file.
    private let lastCommit: UInt64
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
        lastCommit = ending == .sealed ? 0 : writer.lastCommit
    }

    private static func open(
        _ disk: SimulatedDisk, _ options: JournalOptions, _ clock: ManualClock
    ) throws -> RecoveredJournal {
        try JournalRecovery.open(
            JournalDirectory(path: path, files: disk), options: options, clock: clock,
            runOf: { _ in nil }, holder: "exhaust")
    }

    func judgeFlip(at offset: Int, bit: Int) throws -> String? {
        let damaged = disk.copy()
        damaged.damage(victim) { $0[offset] ^= 1 << UInt8(bit) }
        // Recovery looks at every byte once; what it finds does not depend on which bit it is.
        return try judge(damaged, opening: bit == offset % 8, mayLoseEnd: false)
    }

    func judgeCut(to length: Int) throws -> String? {
        let damaged = disk.copy()
        damaged.damage(victim) { $0.removeLast($0.count - length) }
        return try judge(damaged, opening: true, mayLoseEnd: ending != .sealed)
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
        _ damaged: SimulatedDisk, opening: Bool, mayLoseEnd: Bool
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
        let missing = after.missing.filter { number in
            !report.losses.contains { loss in
                loss.records?.contains(RecordNumber(rawValue: number)) ?? false
            }
        }
        guard let first = missing.first else { return nil }
        if first < after.last { return "record \(first) is passed over without a word: \(report)" }
        // Where the end is gone with all that told of it, nothing can tell.
        guard !mayLoseEnd else { return nil }
        guard report.cuts.contains(where: \.isUndecidable) else {
            return "record \(first) is missing without a word: \(report)"
        }
        return first >= lastCommit
            ? nil
            : "record \(first) is called undecidable, and is not of the last commit: \(report)"
    }

    /// Reads all that is there: what is wrong with it, the last record, and what is missing and not
    /// told of.
    private func read(
        _ disk: SimulatedDisk
    ) throws -> (problem: String?, last: UInt64, missing: [UInt64]) {
        let reader = JournalReader(JournalDirectory(path: Self.path, files: disk))
        var seen: Set<UInt64> = []
        var lost: [ClosedRange<RecordNumber>] = []
        var last: UInt64 = 0
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                for record in block.records where record.kind == Self.kind {
                    let number = record.number.rawValue
                    guard let payload = payloads[number], record.payload.elementsEqual(payload)
                    else { return ("record \(number) is wrong", last, []) }
                    guard number > last else { return ("record \(number) comes late", last, []) }
                    last = number
                    seen.insert(number)
                }
            case .lost(let loss): if let records = loss.records { lost.append(records) }
            case .uncovered: break
            }
        }
        guard seen.count < payloads.count else { return (nil, last, []) }
        let missing = payloads.keys.filter { number in
            !seen.contains(number)
                && !lost.contains { $0.contains(RecordNumber(rawValue: number)) }
        }
        return (nil, last, missing.sorted())
    }
}

/// Fills a journal with records of which some deflate and some do not.
private struct ExhaustedWriter {
    let journal: RecoveredJournal
    private(set) var payloads: [UInt64: [UInt8]] = [:]
    private(set) var bytes = 0
    private(set) var lastCommit: UInt64 = 0
    private var commits = 0

    init(journal: RecoveredJournal) { self.journal = journal }

    mutating func append() throws {
        while journal.sink.room == .filling { _ = try journal.sink.fillAhead() }
        let builder = journal.builder
        lastCommit = builder.nextRecord.rawValue
        commits += 1
        for _ in 0..<4 + commits % 3 * 4 {
            let number = builder.nextRecord.rawValue
            var numbers = SeededNumbers(seed: number)
            let symbols: UInt64 = commits % 6 == 0 ? 4 : 256
            let payload = (0..<Int(numbers.next() % 500)).map { _ in
                UInt8(truncatingIfNeeded: numbers.next() % symbols)
            }
            payloads[number] = payload
            try builder.add(
                kind: RecordKind(rawValue: 40), version: 1, payload: payload,
                form: commits % 5 == 4 ? .kept : .plain, run: nil)
        }
        let before = RecordNumber(rawValue: lastCommit - 1)
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
