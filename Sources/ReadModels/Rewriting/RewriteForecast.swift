import Foundation
import Journal
import Platform

/// What the next look would do with the journal: a dry run.
package struct RewriteForecast: Hashable, Sendable {
    /// Segments that would become one.
    package struct Job: Hashable, Sendable {
        package let segments: [RecordNumber]
        package let bytes: Int
        /// About what would be left.
        package let bytesLeft: Int
        /// Whether it would be done while others need the machine.
        package let isUrgent: Bool
    }

    package var jobs: [Job] = []
    /// Streams whose entries are unwanted.
    package var streams = 0
    package var sealedSegments = 0
    package var sealedBytes = 0

    /// - Parameter finding: what was found; each job is taken for done.
    init(_ finding: UnwantedEntries.Finding, by plan: RewritePlan) {
        streams = finding.streams.count
        sealedSegments = finding.loads.count
        sealedBytes = finding.loads.reduce(0) { $0 + $1.bytes }
        var loads = finding.loads
        while let job = plan.next(loads) {
            let done = loads.filter { job.segments.contains($0.segment) }
            let left = done.reduce(0) { $0 + $1.remaining }
            jobs.append(
                Job(
                    segments: job.segments, bytes: done.reduce(0) { $0 + $1.bytes },
                    bytesLeft: left, isUrgent: job.isUrgent))
            guard let index = loads.firstIndex(where: { $0.segment == job.segments.first }) else {
                return
            }
            loads[index] = SegmentLoad(
                segment: loads[index].segment, generation: 1, bytes: left,
                items: done.reduce(0) { $0 &+ ($1.items &- $1.unwanted) }, unwanted: 0)
            loads.removeAll { job.segments.dropFirst().contains($0.segment) }
        }
    }
}

extension JournalRewriting {
    /// Says what a look would do now, and changes nothing. Reads the footers of all segments.
    package func forecast() async throws(JournalError) -> RewriteForecast {
        let outcome = await withCheckedContinuation { done in
            let thread = Thread { [self] in
                do throws(JournalError) {
                    done.resume(returning: Result<_, JournalError>.success(try lookOnly()))
                } catch {
                    done.resume(returning: .failure(error))
                }
            }
            thread.start()
        }
        return try outcome.get()
    }

    private func lookOnly() throws(JournalError) -> RewriteForecast {
        let finding = try unwanted.look(at: clock.wall()) { true }
        return RewriteForecast(
            finding ?? UnwantedEntries.Finding(),
            by: RewritePlan(segmentSize: options.segmentSize))
    }
}
