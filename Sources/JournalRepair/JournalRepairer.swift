import Coordinator
import Journal
import JournalInspection
import Platform

/// Mends a journal: what is whole in damaged segments is kept under its numbers, what is lost is
/// named in their footers, and what a crash left at the end is cut off.
///
/// Nothing is guessed and nothing thrown away: originals lie in `journal/aside` afterwards. A dry
/// run reads only and needs no lock; a repair takes it.
package struct JournalRepairer {
    /// What was found, or done.
    package struct Outcome: Hashable, Sendable {
        package var mendings: [SegmentMending] = []
        /// What stands behind the last record that is known to be durable.
        package var uncovered: Damage?
        /// What opening the journal cut off; empty in a dry run.
        package var cuts: [RecoveryReport.Cut] = []

        package var needsRepair: Bool { !mendings.isEmpty }
    }

    private let directory: JournalDirectory
    private let clock: any Clock
    private let machine = CoordinatorMachine()

    package init(_ journal: InspectedJournal, clock: any Clock) {
        directory = journal.directory
        self.clock = clock
    }

    private var mender: SegmentMender {
        let machine = machine
        return SegmentMender(directory) { machine.run(of: $0) }
    }

    /// What a repair would do.
    package func plan() throws(JournalError) -> Outcome {
        var outcome = Outcome()
        try mender.run(applies: false) { outcome.mendings.append($0) }
        outcome.uncovered = try uncovered()
        return outcome
    }

    /// Does it.
    ///
    /// - Throws: `locked` if a server runs.
    package func repair() throws(JournalError) -> Outcome {
        var outcome = Outcome()
        outcome.uncovered = try uncovered()
        outcome.mendings = try mend()
        // Opening cuts the end, and proves that a server can go on.
        let machine = machine
        let journal = try JournalRecovery.open(
            directory, clock: clock, runOf: { machine.run(of: $0) }, holder: "repair")
        outcome.cuts = journal.report.cuts
        try journal.sink.close()
        return outcome
    }

    private func mend() throws(JournalError) -> [SegmentMending] {
        let lock = try directory.lock(holder: "repair")
        defer { lock.release() }
        var mendings: [SegmentMending] = []
        try mender.run(applies: true) { mendings.append($0) }
        return mendings
    }

    private func uncovered() throws(JournalError) -> Damage? {
        guard let last = try directory.segments().last else { return nil }
        let reader = JournalReader(directory) { _ in nil }
        var reading = try reader.read(last, successor: nil)
        while let item = reading.next(from: .none) {
            if case .uncovered(let damage) = item { return damage }
        }
        return nil
    }
}

extension JournalRepairer.Outcome {
    /// Segment by segment what was done to it, every lost record, and what was cut off.
    package var lines: [OutputLine] {
        var lines = mendings.map { mending in
            OutputLine(
                "mending",
                [
                    OutputField("segment", mending.segment.rawValue),
                    OutputField("what", mending.need.rawValue),
                    OutputField("keptRecords", mending.kept),
                    OutputField(
                        "lost",
                        .list(
                            mending.lost.map { range in
                                .list([
                                    .number(range.lowerBound.rawValue),
                                    .number(range.upperBound.rawValue),
                                ])
                            })),
                ])
        }
        if let uncovered, cuts.isEmpty { lines.append(EndLine.line(uncovered, isLive: false)) }
        for cut in cuts {
            lines.append(
                OutputLine(
                    "cut",
                    [
                        OutputField("segment", cut.segment.rawValue),
                        OutputField("offset", cut.offset), OutputField("bytes", cut.length),
                        OutputField("keptAs", cut.keptAs),
                        OutputField("undecidable", cut.isUndecidable),
                    ]))
        }
        return lines
    }
}
