import Coordinator
import Journal
import Platform

/// Finds the entries that nobody needs in the journal any more: of streams whose archive holds
/// them all and which have been archived for longer than the grace, and of streams that were
/// registered and are no more.
struct UnwantedEntries {
    let reader: JournalReader
    let model: ReadModel
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
        var judge = Judge(model: model, grace: grace, knowsAll: knowsAll, now: now)
        var items: [UInt64: UInt64] = [:]
        for summary in summaries {
            guard goOn() else { return nil }
            let runs = try reader.runs(in: summary.segment).runs
            for (stream, count) in Self.items(of: runs) where judge.verdict(on: stream) != .stays {
                items[stream, default: 0] += count
            }
        }
        let unknown = Set(items.keys.filter { judge.verdict(on: $0) == .isUnknown })
        guard let removed = try registered(unknown, goOn: goOn) else { return nil }
        var finding = Finding()
        // An archive with fewer entries than the journal does not hold them all.
        finding.streams = Set(
            items.filter { item in
                guard case .isArchived(let count) = judge.verdict(on: item.key) else {
                    return false
                }
                return item.value <= count
            }.keys)
        finding.streams.formUnion(removed)
        for summary in summaries where summary.isSealed && summary.lastRecord != nil {
            guard goOn() else { return nil }
            finding.loads.append(try load(summary, finding.streams))
        }
        return finding
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

/// What is known of streams that have entries in the journal; each is looked up once.
private struct Judge {
    enum Verdict: Hashable {
        case stays
        /// For long enough, and with so many entries.
        case isArchived(entryCount: UInt64)
        /// There is no such stream, or none that is known.
        case isUnknown
    }

    private let model: ReadModel
    private let grace: Duration
    private let knowsAll: Bool
    private let now: Timestamp
    /// One that was registered later may not have been told of yet.
    private let known: RecordNumber
    private var verdicts: [UInt64: Verdict] = [:]

    init(model: ReadModel, grace: Duration, knowsAll: Bool, now: Timestamp) {
        self.model = model
        self.grace = grace
        self.knowsAll = knowsAll
        self.now = now
        known = model.published
    }

    mutating func verdict(on stream: UInt64) -> Verdict {
        if let verdict = verdicts[stream] { return verdict }
        let verdict = look(at: RecordNumber(rawValue: stream))
        verdicts[stream] = verdict
        return verdict
    }

    private func look(at record: RecordNumber) -> Verdict {
        let stream: StreamState?
        do throws(ReadError) {
            stream = try model.stream(StreamID(record: record))
        } catch {
            // Nothing is concluded from a catalog that does not answer.
            return .stays
        }
        guard let stream else { return knowsAll && record <= known ? .isUnknown : .stays }
        // One that failed for good has no objects, and stays.
        guard let archive = stream.archive, !archive.stream.url.isEmpty,
            archive.time.adding(grace) <= now
        else { return .stays }
        return .isArchived(entryCount: archive.entryCount)
    }
}
