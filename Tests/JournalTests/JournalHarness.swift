import ByteCoding
import Platform
import TestSupport

@testable import Journal

/// A journal with tiny segments on a simulated disk, and what was written to it.
///
/// A record's payload is its subject, its item and some bytes made of both, so that a wrong one is
/// recognised.
struct JournalHarness {
    static let kind = RecordKind(rawValue: 40)
    static let path = "/journal"

    static var tiny: JournalOptions {
        var options = JournalOptions()
        options.blockTarget = 96
        options.blockLimit = 256
        options.commitLimit = 2048
        options.segmentSize = 6144
        options.fillSlice = 700
        options.indexInterval = 500
        return options
    }

    let disk: SimulatedDisk
    let clock: ManualClock
    var options = JournalHarness.tiny

    init(_ disk: SimulatedDisk = SimulatedDisk(), clock: ManualClock = ManualClock()) {
        self.disk = disk
        self.clock = clock
    }

    var directory: JournalDirectory { JournalDirectory(path: Self.path, files: disk) }

    func open(policy: SyncPolicy = .always) throws(JournalError) -> OpenJournal {
        OpenJournal(
            try JournalRecovery.open(
                directory, options: options, policy: policy, clock: clock, runOf: Self.run,
                holder: "test"), clock)
    }

    /// Everything a reader without a lock finds.
    func readAll(from first: RecordNumber = .first) throws -> Contents {
        try Contents(JournalReader(directory, runOf: Self.run), from: first)
    }

    // MARK: payloads

    /// The payload of the record that gets `number`.
    static func payload(_ number: UInt64, length: Int) -> [UInt8] {
        var numbers = SeededNumbers(seed: number)
        var bytes: [UInt8] = [UInt8(number % 5)]
        bytes.appendVarint(number)
        while bytes.count < length {
            // Half of it deflates, half does not.
            bytes.append(bytes.count % 2 == 0 ? 0x20 : UInt8(truncatingIfNeeded: numbers.next()))
        }
        return bytes
    }

    /// Whether `record` has the payload that its number asks for.
    static func isRight(_ record: Record) -> Bool {
        record.kind == kind && record.version == 1
            && Array(record.payload)
                == payload(record.number.rawValue, length: record.payload.count)
    }

    @Sendable static func run(_ record: Record) -> Run? {
        guard record.kind == kind else { return nil }
        var reader = ByteReader(record.payload)
        do {
            let subject = try reader.byte()
            return Run(subject: UInt64(subject), first: try reader.varint() / 5, count: 1)
        } catch {
            return nil
        }
    }
}

/// What a reader found in a journal.
struct Contents: Equatable {
    private(set) var records: [UInt64] = []
    private(set) var wrong: [UInt64] = []
    /// Ranges that the reader says are lost.
    private(set) var lost: [ClosedRange<UInt64>] = []
    private(set) var uncovered = 0

    init(_ reader: JournalReader, from first: RecordNumber = .first) throws {
        try self.init(reader.blocks(from: first))
    }

    init(_ blocks: BlockCursor) throws {
        var cursor = blocks
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                for record in block.records where record.kind == JournalHarness.kind {
                    records.append(record.number.rawValue)
                    if !JournalHarness.isRight(record) { wrong.append(record.number.rawValue) }
                }
            case .lost(let loss):
                if let range = loss.range { lost.append(range) }
            case .uncovered: uncovered += 1
            }
        }
    }
}

/// A journal that is open for writing.
final class OpenJournal {
    let recovered: RecoveredJournal
    private let clock: ManualClock
    /// Numbers of the records of each commit, in order, and whether it was said to be durable.
    private(set) var commits: [(records: [UInt64], isDurable: Bool)] = []
    private(set) var locations: [RunLocation] = []

    var report: RecoveryReport { recovered.report }
    var sink: SegmentSink { recovered.sink }

    init(_ recovered: RecoveredJournal, _ clock: ManualClock) {
        self.recovered = recovered
        self.clock = clock
    }

    /// Appends a commit with records of these lengths; whether it is durable.
    @discardableResult
    func append(_ lengths: [Int], form: RecordForm = .plain) throws(JournalError) -> Bool {
        let builder = recovered.builder
        let before = RecordNumber(rawValue: builder.nextRecord.rawValue - 1)
        var records: [UInt64] = []
        for length in lengths {
            let payload = JournalHarness.payload(builder.nextRecord.rawValue, length: length)
            let record = Record(
                number: builder.nextRecord, kind: JournalHarness.kind, version: 1,
                payload: payload[...])
            records.append(
                try builder.add(
                    kind: JournalHarness.kind, version: 1, payload: payload, form: form,
                    run: JournalHarness.run(record)
                ).rawValue)
        }
        clock.advance(by: .milliseconds(1))
        guard let commit = builder.finish(at: clock.wall()) else { return false }
        var isDurable = false
        var failure: JournalError?
        sink.append(commit, after: before, epoch: 0) { outcome in
            switch outcome {
            case .durable(let runs):
                isDurable = true
                locations += runs
            case .takenOver: break
            case .unknown(let error): failure = error
            }
        }
        commits.append((records, isDurable))
        if let failure { throw failure }
        return isDurable
    }

    /// Prepares space until the sink is ready.
    func fill() throws(JournalError) {
        while sink.room == .filling, try sink.fillAhead() {}
    }

    /// All numbers of records that were said to be durable.
    var acknowledged: Set<UInt64> {
        Set(commits.filter(\.isDurable).flatMap(\.records))
    }
}

extension RecoveryReport.Loss {
    /// The numbers of the records that are lost.
    var range: ClosedRange<UInt64>? {
        records.map { $0.lowerBound.rawValue...$0.upperBound.rawValue }
    }
}
