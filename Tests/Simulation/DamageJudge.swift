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
    /// What is torn or lost, undecidable, must not lie before this record.
    let firstUndecidable: RecordNumber

    /// - Returns: what is wrong; nil if nothing is.
    func judge(_ disk: SimulatedDisk, _ catalog: CatalogContents) throws -> String? {
        let engine = try SimulatedEngine(disk, clock, catalog)
        let after = try JournalFacts(engine.journal.reader)
        let last = engine.journal.lastRecord
        let report = engine.journal.report
        var named = (report.losses + after.lost).compactMap(\.records)
        let isAheadOfJournal = catalog.checkpoint.reached > last
        if report.cuts.contains(where: \.isUndecidable) || report.shortening != nil
            || isAheadOfJournal
        {
            guard last.next >= firstUndecidable || isAheadOfJournal else {
                return "what something still tells of is called undecidable: \(report)"
            }
            // Everything behind the end that is left may be what was lost.
            named.append(last.next ... .last)
        }
        var served: [JournalFacts.Place: [UInt8]] = [:]
        var told: [StreamID: [ClosedRange<UInt64>]] = [:]
        for stream in try engine.everything().streams {
            // What took it away may be what is lost.
            if facts.removed.contains(stream.id) { continue }
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
        for (place, record) in facts.records
        where served[place] == nil && !facts.removed.contains(place.stream) {
            let isNamed = named.contains { $0.contains(record) }
            let isTold = told[place.stream]?.contains { $0.contains(place.index) } ?? false
            // Its registration, or that of its prefix, may be what is lost, or does not fit since
            // what took the one before it away is lost.
            let origins = [place.stream.record, facts.streams[place.stream]?.prefix.record]
                .compactMap { $0 }
            let isOrphan = origins.contains { origin in
                named.contains { $0.contains(origin) } || engine.misfits.contains(origin)
            }
            guard isNamed || isTold || isOrphan else {
                return "entry \(place.index) of stream \(place.stream.record), record \(record), "
                    + "is missing without a word: \(report), ends at \(last)"
            }
        }
        // Whatever does not fit must have lost what it would fit.
        guard engine.misfits.isEmpty || engine.lossSeen else {
            return "records \(engine.misfits) do not fit, and nothing is lost before them"
        }
        return nil
    }
}
