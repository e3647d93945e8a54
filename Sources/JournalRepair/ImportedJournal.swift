import ByteCoding
import Coordinator
import Foundation
import Journal
import Platform

/// A journal on its way from an export to the disk.
struct ImportedJournal {
    /// Numbers without records between two that have one.
    private static let gapLimit: UInt64 = 1 << 26

    private let sink: SegmentSink
    /// Makes no index records: those of the export keep their numbers.
    private let builder: CommitBuilder
    private let machine = CoordinatorMachine()
    private var checksum: UInt32 = 0
    private var commitTime: Timestamp?
    /// Named in the export. Behind the first nothing is written any more, but all are gathered.
    private var losses = LostRanges()
    private var summary = JournalImport.Summary()

    init(_ journal: RecoveredJournal) {
        sink = journal.sink
        builder = CommitBuilder(nextRecord: journal.lastRecord.next, options: JournalOptions())
    }

    /// Takes all lines up to the end of the export.
    mutating func take(_ source: LineReader) throws -> JournalImport.Summary {
        var lines = source
        var hasBegun = false
        while let bytes = try lines.next() {
            let line: ExportedLine
            do throws(ExportedLineError) {
                line = try ExportedLine(bytes)
            } catch {
                throw ImportError.line(lines.number, hasBegun ? error : .notAnExport)
            }
            switch line {
            case .beginning where !hasBegun: hasBegun = true
            case .beginning: throw ImportError.line(lines.number, .illFormed)
            case .record where losses.count > 0: summary.records += 1
            case .record(let record): try add(record, line: lines.number)
            case .lost(let range): losses.add(range)
            case .end(let last, let records, let expected):
                guard expected == checksum, records == summary.records else {
                    throw ImportError.checksum
                }
                guard losses.count == 0 else { throw ImportError.lost(losses) }
                try fill(through: last, line: lines.number)
                guard try lines.next() == nil else {
                    throw ImportError.trailing(line: lines.number)
                }
                try commit()
                return summary
            }
            guard hasBegun else { throw ImportError.line(lines.number, .notAnExport) }
            checksum = crc32(Array(bytes)[...], continuing: checksum)
        }
        throw ImportError.cutShort
    }

    mutating func close() throws(ImportError) {
        do throws(JournalError) {
            try sink.close()
        } catch {
            throw .journal(error)
        }
    }

    /// Lets go of the files; what they hold is thrown away.
    mutating func abandon() {
        do throws(JournalError) { try sink.close() } catch { return }
    }

    private mutating func add(_ exported: ExportedRecord, line: Int) throws(ImportError) {
        guard exported.number >= builder.nextRecord else {
            throw .outOfOrder(
                line: line, expected: builder.nextRecord, found: exported.number)
        }
        commitTime = commitTime ?? exported.time
        try fill(through: exported.number.rawValue - 1, line: line)
        let record = Record(
            number: exported.number, kind: exported.kind, version: exported.version,
            form: exported.form, payload: exported.payload[...])
        do throws(JournalError) {
            try builder.add(
                kind: record.kind, version: record.version, payload: record.payload,
                form: record.form, run: machine.run(of: record))
        } catch {
            throw .journal(error)
        }
        commitTime = exported.time
        summary.records += 1
        summary.last = exported.number
        if exported.endsCommit { try commit() }
    }

    /// Gives out the numbers up to `last` to index records that speak of no segment, which readers
    /// pass over: there were index records, or what rewriting had left out.
    private mutating func fill(through last: UInt64, line: Int) throws(ImportError) {
        guard last >= builder.nextRecord.rawValue else { return }
        guard last - builder.nextRecord.rawValue < Self.gapLimit else {
            throw .gapTooLong(line: line, limit: Self.gapLimit)
        }
        summary.filled += last - builder.nextRecord.rawValue + 1
        let payload = SegmentIndexPayload.ofNoSegment
        while builder.nextRecord.rawValue <= last {
            if !builder.hasRoom(forPayloads: payload.count, records: 1) { try commit() }
            do throws(JournalError) {
                try builder.add(kind: .index, version: 1, payload: payload, run: nil)
            } catch {
                throw .journal(error)
            }
        }
        summary.last = RecordNumber(rawValue: last)
    }

    private mutating func commit() throws(ImportError) {
        guard let commitTime, let sealed = builder.finish(at: commitTime) else { return }
        var failure: JournalError?
        do throws(JournalError) {
            while case .filling = sink.room { _ = try sink.fillAhead() }
        } catch {
            throw .journal(error)
        }
        sink.append(
            sealed, after: RecordNumber(rawValue: sealed.first.rawValue - 1), epoch: 0
        ) { outcome in
            switch outcome {
            case .durable: break
            case .takenOver: failure = .writerStopped
            case .unknown(let error): failure = error
            }
        }
        if let failure { throw .journal(failure) }
    }
}
