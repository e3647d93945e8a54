import Coordinator
import Journal
import Platform
import ReadModels
import TestSupport
import Tumble

/// Opens a damaged copy of a journal: it must start, whatever it serves must be right, and
/// whatever is missing must have been told with its record numbers.
struct DamageJudge {
    let clock: ManualClock
    let model: Model
    /// Of the journal before the damage.
    let facts: JournalFacts
    /// Whether the end of the journal may be gone with all that told of it.
    let mayLoseEnd: Bool
    /// What is torn or lost, undecidable, must not lie before this record.
    let firstUndecidable: RecordNumber

    /// - Returns: what is wrong; nil if nothing is.
    func judge(_ disk: SimulatedDisk, _ catalog: CatalogContents) throws -> String? {
        let engine = try SimulatedEngine(disk, clock, catalog)
        let after = try JournalFacts(engine.journal.reader)
        let last = engine.journal.lastRecord
        var named = (engine.journal.report.losses + after.lost).compactMap(\.records)
        let cuts = engine.journal.report.cuts
        let isAheadOfJournal = catalog.checkpoint.reached > last
        if !mayLoseEnd, last.next < firstUndecidable, !cuts.isEmpty {
            return "what was acknowledged before the last commit is cut: \(engine.journal.report)"
        }
        if cuts.contains(where: \.isUndecidable) || isAheadOfJournal || mayLoseEnd {
            // Everything behind the end that is left may be what was lost.
            named.append(last.next ... .last)
        }
        named += engine.misfits.map { $0...$0 }
        var served: [JournalFacts.Place: [UInt8]] = [:]
        var told: [StreamID: [ClosedRange<UInt64>]] = [:]
        for stream in engine.processor.state.streams.values {
            let stored = StoredStream(stream.id, engine)
            guard let known = model.streams[stream.path.text] else {
                return "\(stream.path.text) appears"
            }
            for (index, bytes) in stored.entries {
                guard known.allows(bytes, at: index) else {
                    return "\(stream.path.text): entry \(index) is served with wrong bytes"
                }
                served[JournalFacts.Place(stream: stream.id, index: index)] = bytes
            }
            told[stream.id] = stored.losses.map(\.entries)
        }
        for (place, record) in facts.records where served[place] == nil {
            let isNamed = named.contains { $0.contains(record) }
            let isTold = told[place.stream]?.contains { $0.contains(place.index) } ?? false
            // Its registration may be what is lost.
            let isOrphan = named.contains { $0.contains(place.stream.record) }
            guard isNamed || isTold || isOrphan else {
                return "entry \(place.index) of stream \(place.stream.record), record \(record), "
                    + "is missing without a word: \(engine.journal.report), ends at \(last)"
            }
        }
        return nil
    }
}
