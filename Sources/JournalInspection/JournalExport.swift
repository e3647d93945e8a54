import ByteCoding
import Coordinator
import Journal

/// Writes a journal out as portable lines of JSON, from which `JournalImport` makes an equal one.
///
/// **The lines hold prefix secrets**: nothing is masked. Their form is described in the article
/// `ExportFormat`. One segment is in memory at a time.
package struct JournalExport {
    package static let formatName = "logdog journal"
    package static let formatVersion: UInt64 = 1

    /// What was written.
    package struct Summary: Hashable, Sendable {
        package var records = 0
        package var last = RecordNumber.none
        /// Ranges of records that could not be read; they are named in the export.
        package var losses = 0
    }

    private let journal: InspectedJournal
    private var checksum: UInt32 = 0
    private var summary = Summary()
    /// Waits until it is known whether its commit ends with it.
    private var held: (record: Record, block: DecodedBlock)?

    package init(_ journal: InspectedJournal) { self.journal = journal }

    /// Hands over line by line, each with its line feed.
    package mutating func run(_ write: ([UInt8]) -> Void) throws(JournalError) -> Summary {
        put(
            [
                OutputField("export", Self.formatName),
                OutputField("format", Self.formatVersion), OutputField("holdsSecrets", true),
            ], write)
        let isLive = try journal.isLive()
        var cursor = journal.reader.blocks(from: .first)
        reading: while let item = try cursor.next() {
            switch item {
            case .block(let block):
                if isLive, !block.isCovered { break reading }
                add(block, write)
            case .lost(let loss):
                guard let records = loss.records else { continue }
                release(endsCommit: true, write)
                summary.losses += 1
                summary.last = max(summary.last, records.upperBound)
                let bounds = [records.lowerBound, records.upperBound]
                put([OutputField("lost", .list(bounds.map { .number($0.rawValue) }))], write)
            case .uncovered: break reading
            }
        }
        release(endsCommit: true, write)
        end(write)
        return summary
    }

    private mutating func add(_ block: DecodedBlock, _ write: ([UInt8]) -> Void) {
        // Index records speak of places; the copy makes its own.
        for record in block.records where record.kind != .index {
            release(endsCommit: false, write)
            held = (record, block)
            summary.records += 1
        }
        if !block.isMark { summary.last = max(summary.last, block.lastRecord) }
        if block.endsCommit { release(endsCommit: true, write) }
    }

    private mutating func release(endsCommit: Bool, _ write: ([UInt8]) -> Void) {
        guard let (record, block) = held else { return }
        held = nil
        put(
            [
                OutputField("record", record.number.rawValue), OutputField("time", block.time),
                OutputField("kind", UInt64(record.kind.rawValue)),
                OutputField("version", UInt64(record.version)),
                OutputField("kept", record.form == .kept),
                OutputField("payload", .bytes(Array(record.payload))),
                OutputField("endsCommit", endsCommit),
            ], write)
    }

    private mutating func put(_ fields: [OutputField], _ write: ([UInt8]) -> Void) {
        var line: [UInt8] = []
        JSONText.append(.object(fields), to: &line)
        line.append(0x0a)
        checksum = crc32(line[...], continuing: checksum)
        write(line)
    }

    private mutating func end(_ write: ([UInt8]) -> Void) {
        let sum = UInt64(checksum)
        put(
            [
                OutputField("end", summary.last.rawValue),
                OutputField("records", summary.records), OutputField("crc32", sum),
            ], write)
    }
}
