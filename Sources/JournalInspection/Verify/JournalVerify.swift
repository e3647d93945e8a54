import Coordinator
import Foundation
import Journal
import Platform

/// Checks everything that can be checked in a journal without writing to it: every checksum, every
/// chain, every footer and index record, the order of record numbers, and that every record
/// decodes.
///
/// Segments are checked side by side; each takes up to its size in memory, twice for an open one
/// in which something seems to be missing.
package struct JournalVerify: Sendable {
    /// Threads that are used unless told otherwise; more than the disk can feed is of no use.
    package static var usualWorkers: Int { min(4, ProcessInfo.processInfo.activeProcessorCount) }
    /// How often segments that were rewritten meanwhile are looked at again.
    private static let roundLimit = 16

    private let journal: InspectedJournal
    private let workers: Int

    package init(_ journal: InspectedJournal, workers: Int = JournalVerify.usualWorkers) {
        self.journal = journal
        self.workers = max(1, workers)
    }

    /// - Parameter progress: told, on any thread and one at a time, how many bytes of segments
    ///   have been checked, and of how many.
    package func run(
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(JournalError) -> VerifyReport {
        let isLiveBefore = try journal.isLive()
        let audits = try audit(progress)
        // A server that started or stopped meanwhile left something on its way, too.
        let isLiveNow = try journal.isLive()
        return VerifyReport(audits, isLive: isLiveBefore || isLiveNow)
    }

    /// All segments up to the last one of now, ascending.
    private func audit(
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws(JournalError) -> [SegmentAudit] {
        var wanted = try journal.directory.segments()
        let last = wanted.last ?? .none
        var audits: [RecordNumber: SegmentAudit] = [:]
        for _ in 0..<Self.roundLimit {
            let missing = wanted.filter { audits[$0] == nil }
            let work = AuditWork(journal, missing, among: wanted, progress)
            for audit in try work.run(workers: workers) {
                audits[audit.summary.segment] = audit
            }
            // Rewriting may have taken some away and put others in their place.
            let now = try journal.directory.segments().filter { $0 <= last }
            if now.allSatisfy({ audits[$0] != nil }) {
                return withoutMerged(now.compactMap { audits[$0] })
            }
            wanted = now
        }
        throw .file(FileError("list again and again", journal.directory.path, code: 2))
    }

    /// Without segments whose records the one before them holds as well: it was merged with them.
    private func withoutMerged(_ audits: [SegmentAudit]) -> [SegmentAudit] {
        var result: [SegmentAudit] = []
        for audit in audits {
            if let before = result.last, before.summary.generation > 0,
                audit.summary.segment <= before.lastRecord
            {
                continue
            }
            result.append(audit)
        }
        return result
    }
}
