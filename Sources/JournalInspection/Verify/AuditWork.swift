import Coordinator
import Foundation
import Journal
import Platform

/// Segments that threads of our own check side by side.
final class AuditWork: Sendable {
    private struct State {
        var next = 0
        var audits: [SegmentAudit] = []
        var failure: JournalError?
        var running = 0
        var done = 0
    }

    private let journal: InspectedJournal
    private let segments: [RecordNumber]
    private let successors: [RecordNumber: RecordNumber]
    private let progress: @Sendable (Int, Int) -> Void
    private let machine = CoordinatorMachine()
    private let state = Monitor(State())

    /// - Parameter all: the segments of the journal, to know which comes after which.
    init(
        _ journal: InspectedJournal, _ segments: [RecordNumber], among all: [RecordNumber],
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) {
        self.journal = journal
        self.segments = segments
        successors = Dictionary(uniqueKeysWithValues: zip(all, all.dropFirst()))
        self.progress = progress
    }

    /// Blocks until all are checked; those that went away meanwhile are left out.
    func run(workers: Int) throws(JournalError) -> [SegmentAudit] {
        let count = min(workers, segments.count)
        state.update { $0.running = count }
        for _ in 0..<count {
            let thread = Thread { [self] in work() }
            thread.name = "verify"
            thread.start()
        }
        state.wait { $0.running == 0 ? () : nil }
        let (audits, failure) = state.look { ($0.audits, $0.failure) }
        if let failure { throw failure }
        return audits
    }

    private func work() {
        while let segment = take() {
            do throws(JournalError) {
                let audit = try journal.reader.audit(segment, successor: successors[segment]) {
                    objection(to: $0)
                }
                state.update { state in
                    state.audits.append(audit)
                    state.done += 1
                    progress(state.done, segments.count)
                }
            } catch {
                if case .gone = error { continue }
                state.update { $0.failure = $0.failure ?? error }
            }
        }
        state.update { $0.running -= 1 }
    }

    private func take() -> RecordNumber? {
        state.look { state in
            guard state.next < segments.count, state.failure == nil else { return nil }
            state.next += 1
            return segments[state.next - 1]
        }
    }

    private func objection(to record: Record) -> String? {
        guard case .undecodable(let reason) = RecordContent(record, machine) else { return nil }
        return "record \(record.number) (\(record.kind.name)) does not decode: \(reason)"
    }
}
