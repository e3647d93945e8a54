import Coordinator
import Journal
import Platform

/// Checks everything that can be checked in a journal without writing to it: every checksum, every
/// chain, every footer, the order of record numbers, and that every record decodes.
package struct JournalVerify: Sendable {
    package struct Report: Sendable {
        package var segments = 0
        package var blocks = 0
        package var records = 0
        package var storedBytes = 0
        package var lastRecord = RecordNumber.none
        /// What is damaged, in words.
        package var problems: [String] = []
        /// What stands at the end and is covered by no stamp.
        package var uncovered: String?

        package var isSound: Bool { problems.isEmpty }
    }

    private let journal: InspectedJournal

    package init(_ journal: InspectedJournal) { self.journal = journal }

    /// Reads the whole journal, one segment in memory at a time.
    ///
    /// - Parameter progress: told after every block how many bytes have been checked.
    package func run(progress: (Int) -> Void = { _ in }) throws(JournalError) -> Report {
        var report = Report()
        let isLive = try journal.isLive()
        report.segments = try journal.directory.segments().count
        var cursor = journal.reader.blocks(from: .first)
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                check(block, &report)
                progress(report.storedBytes)
            case .lost(let loss):
                report.problems.append("\(loss)")
                report.lastRecord = max(
                    report.lastRecord, loss.records?.upperBound ?? .none)
            case .uncovered(let damage):
                let place = "segment \(damage.segment), offset \(damage.offset)"
                report.uncovered =
                    isLive
                    ? "in flight at \(place)"
                    : "never acknowledged, or torn or lost, at \(place): recovery cuts it off "
                        + "and keeps it"
            }
        }
        try checkFooters(&report)
        return report
    }

    private func check(_ block: DecodedBlock, _ report: inout Report) {
        report.blocks += 1
        report.storedBytes += block.storedBytes
        guard !block.isMark else { return }
        if block.firstRecord != report.lastRecord.next {
            report.problems.append(
                "record \(block.firstRecord) follows record \(report.lastRecord)")
        }
        report.lastRecord = block.lastRecord
        report.records += block.records.count
        for record in block.records where !RecordDescription(of: record).isDecoded {
            report.problems.append("record \(record.number) does not decode")
        }
    }

    /// Sealed segments end with a whole footer that names the record before the next segment.
    private func checkFooters(_ report: inout Report) throws(JournalError) {
        let segments = try journal.directory.segments()
        for (segment, next) in zip(segments, segments.dropFirst()) {
            do throws(JournalError) {
                let summary = try journal.reader.summary(of: segment)
                guard let last = summary.lastRecord else {
                    report.problems.append("segment \(segment) has no footer")
                    continue
                }
                // It holds the next one too, which recovery will remove.
                if summary.generation > 0, last >= next { continue }
                if last.next != next {
                    report.problems.append(
                        "segment \(segment) ends with record \(last), the next begins with \(next)")
                }
            } catch {
                guard case .damaged(let damage) = error else { throw error }
                report.problems.append(damage.description)
            }
        }
    }
}
