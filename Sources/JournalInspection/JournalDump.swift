import Coordinator
import Journal
import Platform

/// Prints the records of a journal in order, with what cannot be read in its place.
///
/// A segment at most is in memory at a time. Beside a writer only what a stamp covers is shown; the rest
/// is in flight.
package struct JournalDump {
    private let journal: InspectedJournal
    private let selection: RecordSelection
    private let detail: RecordLine.Detail
    private let machine = CoordinatorMachine()
    private var entities: SelectedEntities
    /// The first record that has not been looked at.
    package private(set) var next: RecordNumber
    /// Whether anything was lost so far.
    package private(set) var isDamaged = false
    /// Whether the last record that was asked for has been passed.
    package private(set) var isComplete = false
    private var leftOut = LeftOutLines()
    private var end: BlockLocation?

    package init(
        _ journal: InspectedJournal, _ selection: RecordSelection, _ detail: RecordLine.Detail
    ) {
        self.journal = journal
        self.selection = selection
        self.detail = detail
        entities = SelectedEntities(selection.names)
        next = selection.firstRead
    }

    /// Hands over line by line what has not been looked at yet, up to the end of what is durable.
    ///
    /// - Parameter showsEnd: whether to say what stands behind the last record that is covered.
    package mutating func run(
        showsEnd: Bool = true, _ print: (OutputLine) -> Void
    ) throws(JournalError) {
        // Asked first: a writer that stops meanwhile leaves nothing in flight.
        let isLive = try journal.isLive()
        var cursor = journal.reader.blocks(from: next)
        defer { end = cursor.end ?? end }
        while !isComplete, let item = try cursor.next() {
            if let summary = cursor.segment { leftOut.enter(summary, from: next, print) }
            switch item {
            case .block(let block):
                if isLive, !block.isCovered {
                    if showsEnd { print(EndLine.inFlight(block)) }
                    return
                }
                show(block, print)
            case .lost(let loss):
                isDamaged = isDamaged || !loss.isMended
                print(LossLine.line(loss))
                next = max(next, loss.records?.upperBound.next ?? next)
            case .uncovered(let damage):
                if showsEnd { print(EndLine.line(damage, isLive: isLive)) }
                return
            }
        }
        leftOut.pass(next, print)
    }

    /// Whether anything has been written since the last run ended. Cheap.
    package func hasMore() throws(JournalError) -> Bool {
        guard let end else { return true }
        do throws(JournalError) {
            return try journal.reader.hasGrown(since: end)
        } catch {
            // Merged with its neighbour: the next run lists again.
            if case .gone = error { return true }
            throw error
        }
    }

    private mutating func show(_ block: DecodedBlock, _ print: (OutputLine) -> Void) {
        for record in block.records where record.number >= next {
            if selection.to?.isBefore(record.number, at: block.time) == true {
                isComplete = true
                return
            }
            leftOut.pass(record.number, print)
            next = record.number.next
            let isTooEarly = selection.from?.isAfter(record.number, at: block.time) ?? false
            let isKind = selection.kinds.isEmpty || selection.kinds.contains(record.kind)
            // Names have to be learned from what is not shown, too.
            if selection.names.isEverything, isTooEarly || !isKind { continue }
            let content = RecordContent(record, machine)
            guard entities.includes(record.number, content), !isTooEarly, isKind else {
                continue
            }
            let line = RecordLine.line(record, content, in: block, detail)
            if selection.matches?(line) ?? true { print(line) }
        }
    }
}
