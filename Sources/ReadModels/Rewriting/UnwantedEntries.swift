import Coordinator
import Journal
import Platform

/// Finds the entries that nobody needs in the journal any more: of streams whose archive holds
/// them all and which have been archived for longer than the grace, and of streams that were
/// registered and are no more.
struct UnwantedEntries {
    let reader: JournalReader
    let hot: HotModel
    let grace: Duration
    /// Whether every registration has been read, so that a stream that is not known was removed;
    /// where some were lost, nothing is concluded from that.
    let knowsAll: Bool

    /// What a look over the journal found.
    struct Finding {
        /// Of the sealed segments, in order.
        var loads: [SegmentLoad] = []
        /// The streams that may lose their entries.
        var streams: Set<UInt64> = []

        /// Puts what came of a rewriting in the place of what was rewritten.
        mutating func take(_ outcome: RewriteOutcome) {
            guard let index = loads.firstIndex(where: { $0.segment == outcome.segment }) else {
                return
            }
            loads[index] = SegmentLoad(
                segment: outcome.segment, generation: outcome.generation,
                bytes: outcome.bytesAfter, items: outcome.runs.reduce(0) { $0 &+ $1.run.count },
                unwanted: 0)
            loads.removeAll { outcome.merged.contains($0.segment) }
        }
    }

    /// Reads the footers of all segments, and of the open one its index records; nil if it was told
    /// to give up.
    func look(at now: Timestamp, goOn: () -> Bool) throws(JournalError) -> Finding? {
        let summaries = try reader.segments()
        let known = hot.published
        var items: [UInt64: UInt64] = [:]
        for summary in summaries {
            guard goOn() else { return nil }
            let runs = try reader.runs(in: summary.segment).runs
            for (stream, count) in Self.items(of: runs) { items[stream, default: 0] += count }
            // Those that stay are of no interest.
            let archived = hot.archived(Set(items.keys), at: now, grace: grace)
            let unknown = unknown(Set(items.keys), through: known)
            items = items.filter { archived[$0.key] != nil || unknown.contains($0.key) }
        }
        let archived = hot.archived(Set(items.keys), at: now, grace: grace)
        var finding = Finding()
        guard
            let removed = try registered(unknown(Set(items.keys), through: known), goOn: goOn)
        else { return nil }
        // An archive with fewer entries than the journal does not hold them all.
        finding.streams = Set(items.filter { $0.value <= archived[$0.key] ?? 0 }.keys)
        finding.streams.formUnion(removed)
        for summary in summaries where summary.isSealed && summary.lastRecord != nil {
            guard goOn() else { return nil }
            finding.loads.append(try load(summary, finding.streams))
        }
        return finding
    }

    /// Of `streams`, those that are not there. One that was registered behind `known` may not have
    /// been told of yet.
    private func unknown(_ streams: Set<UInt64>, through known: RecordNumber) -> Set<UInt64> {
        guard knowsAll else { return [] }
        return streams.filter { stream in
            let record = RecordNumber(rawValue: stream)
            return record <= known && hot.stream(StreamID(record: record)) == nil
        }
    }

    /// Of `streams`, those whose registration stands in the journal, so that only a removal can
    /// have made them unknown. Inflates the segments that they were registered in.
    private func registered(
        _ streams: Set<UInt64>, goOn: () -> Bool
    ) throws(JournalError) -> Set<UInt64>? {
        var registered: Set<UInt64> = []
        guard let first = streams.min(), let last = streams.max() else { return registered }
        var cursor = reader.blocks(from: RecordNumber(rawValue: first))
        while let item = try cursor.next() {
            guard goOn() else { return nil }
            guard case .block(let block) = item else { continue }
            for record in block.records
            where record.kind == CoordinatorRecordKind.streamRegistered
                && streams.contains(record.number.rawValue)
            {
                registered.insert(record.number.rawValue)
            }
            if block.lastRecord.rawValue >= last { break }
        }
        return registered
    }

    private func load(
        _ summary: SegmentSummary, _ unwanted: Set<UInt64>
    ) throws(JournalError) -> SegmentLoad {
        var all: UInt64 = 0
        var some: UInt64 = 0
        for location in try reader.runs(in: summary.segment).runs {
            all &+= location.run.count
            if unwanted.contains(location.run.subject) { some &+= location.run.count }
        }
        return SegmentLoad(
            segment: summary.segment, generation: summary.generation, bytes: summary.size,
            items: all, unwanted: some)
    }

    private static func items(of runs: [RunLocation]) -> [UInt64: UInt64] {
        var items: [UInt64: UInt64] = [:]
        for location in runs { items[location.run.subject, default: 0] += location.run.count }
        return items
    }
}

extension HotModel {
    /// Of `streams`, those that have been archived for `grace` or longer, with the entries that
    /// their archive holds. One that failed for good has none, and stays.
    func archived(
        _ streams: Set<UInt64>, at now: Timestamp, grace: Duration
    ) -> [UInt64: UInt64] {
        var archived: [UInt64: UInt64] = [:]
        for stream in streams {
            let id = StreamID(record: RecordNumber(rawValue: stream))
            guard
                let archive = self.stream(id)?.archive, !archive.stream.url.isEmpty,
                archive.time.adding(grace) <= now
            else { continue }
            archived[stream] = archive.entryCount
        }
        return archived
    }
}
