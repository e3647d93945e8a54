import Coordinator
import Journal
import Platform

/// What a journal holds, in numbers.
package struct JournalStat: Sendable {
    /// What one kind of record comes to.
    package struct Kind: Sendable {
        package var records = 0
        package var payloadBytes = 0
    }

    package private(set) var segments = 0
    package private(set) var sealedSegments = 0
    package private(set) var blocks = 0
    package private(set) var commits = 0
    package private(set) var records = 0
    package private(set) var entries: UInt64 = 0
    package private(set) var storedBytes = 0
    package private(set) var inflatedBytes = 0
    package private(set) var firstTime: Timestamp?
    package private(set) var lastTime: Timestamp?
    package private(set) var kinds: [String: Kind] = [:]

    /// Reads the whole journal, one segment in memory at a time.
    package init(_ journal: InspectedJournal) throws(JournalError) {
        for summary in try journal.reader.segments() {
            segments += 1
            if summary.isSealed { sealedSegments += 1 }
        }
        let machine = CoordinatorMachine()
        var cursor = journal.reader.blocks(from: .first)
        while let item = try cursor.next() {
            if case .block(let block) = item { add(block, machine) }
        }
    }

    private mutating func add(_ block: DecodedBlock, _ machine: CoordinatorMachine) {
        blocks += 1
        storedBytes += block.storedBytes
        inflatedBytes += block.inflatedBytes
        if block.isMark { return }
        if block.endsCommit { commits += 1 }
        firstTime = firstTime ?? block.time
        lastTime = block.time
        for record in block.records {
            records += 1
            kinds[RecordDescription.name(of: record.kind), default: Kind()].records += 1
            kinds[RecordDescription.name(of: record.kind), default: Kind()].payloadBytes +=
                record.payload.count
            entries += machine.run(of: record)?.count ?? 0
        }
    }

    /// Name and value, in a fixed order; values in hundredths where they are ratios.
    package var lines: [DumpLine] {
        var lines = [
            DumpLine([
                ("segments", .number(UInt64(segments))),
                ("sealed", .number(UInt64(sealedSegments))),
                ("commits", .number(UInt64(commits))), ("blocks", .number(UInt64(blocks))),
                ("records", .number(UInt64(records))), ("entries", .number(entries)),
                ("storedBytes", .number(UInt64(storedBytes))),
                ("inflatedBytes", .number(UInt64(inflatedBytes))),
                ("compressionRatio", .text(Self.ratio(inflatedBytes, storedBytes))),
                ("bytesPerEntry", .text(Self.ratio(storedBytes, Int(clamping: entries)))),
                ("from", .text(firstTime?.description ?? "")),
                ("to", .text(lastTime?.description ?? "")),
            ])
        ]
        for (name, kind) in kinds.sorted(by: { $0.key < $1.key }) {
            lines.append(
                DumpLine([
                    ("kind", .text(name)), ("records", .number(UInt64(kind.records))),
                    ("payloadBytes", .number(UInt64(kind.payloadBytes))),
                ]))
        }
        return lines
    }

    /// Two digits behind the point.
    private static func ratio(_ dividend: Int, _ divisor: Int) -> String {
        guard divisor > 0 else { return "0" }
        let hundredths = dividend * 100 / divisor
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
