import Journal
import Platform

/// Prints the records of a journal in order, with what cannot be read in its place.
package struct JournalDump: Sendable {
    /// Which records are wanted.
    package struct Filter: Sendable {
        package var from = RecordNumber.first
        package var to = RecordNumber.last
        /// As `RecordDescription` names them; empty for all.
        package var kinds: Set<String> = []

        package init() {}
    }

    private let journal: InspectedJournal
    private let filter: Filter

    package init(_ journal: InspectedJournal, _ filter: Filter) {
        self.journal = journal
        self.filter = filter
    }

    /// Hands over line by line; one segment is in memory at a time.
    ///
    /// - Returns: whether damage was met. What a server is writing now is none.
    package func run(_ print: (DumpLine) -> Void) throws(JournalError) -> Bool {
        var isDamaged = false
        let isLive = try journal.isLive()
        var cursor = journal.reader.blocks(from: filter.from)
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                if block.firstRecord > filter.to { return isDamaged }
                for record in block.records where isWanted(record) {
                    print(DumpLine(record, in: block))
                }
            case .lost(let loss):
                isDamaged = true
                print(Self.line(for: loss))
            case .uncovered(let damage):
                print(Self.line(for: damage, isLive: isLive))
            }
        }
        return isDamaged
    }

    private func isWanted(_ record: Record) -> Bool {
        guard record.number >= filter.from, record.number <= filter.to else { return false }
        return filter.kinds.isEmpty
            || filter.kinds.contains(RecordDescription.name(of: record.kind))
    }

    private static func line(for loss: RecoveryReport.Loss) -> DumpLine {
        DumpLine([
            (
                "lost",
                .text(
                    loss.records.map { "records \($0.lowerBound) to \($0.upperBound)" }
                        ?? "no record")
            ),
            ("why", .text(loss.damage.description)),
        ])
    }

    private static func line(for damage: Damage, isLive: Bool) -> DumpLine {
        let what =
            isLive ? "in flight" : "never acknowledged, or torn or lost: recovery cuts it off"
        return DumpLine([
            ("end", .text(what)), ("segment", .number(damage.segment.rawValue)),
            ("offset", .number(UInt64(damage.offset))),
        ])
    }
}
