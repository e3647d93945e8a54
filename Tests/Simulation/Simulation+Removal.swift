import Coordinator
import Tumble

// What people and retention take away, and what goes with it.
extension Simulation {
    /// By identity, as whoever asks finds it; nil if there is nothing to take away.
    mutating func removal() throws -> CoordinatorMutation? {
        // What is shown is durable.
        let all = try engine.everything()
        let prefixes = all.prefixes.filter {
            $0.deleted == nil && $0.id.record <= images.acknowledged
        }
        guard let prefix = prefixes.randomElement(using: &numbers) else { return nil }
        switch numbers.next() % 8 {
        case 0: return .deletePrefix(DeletePrefix(prefix: prefix.id))
        case 1: return .holdPrefix(HoldPrefix(prefix.id, isHeld: prefix.held == nil))
        default:
            let streams = all.streams.filter {
                $0.prefix == prefix.id && $0.id.record <= images.acknowledged
            }
            model.name(streams)
            let rule = ExpiryRule(
                streamAge: .seconds(Int64(numbers.next() % 400_000) + 3600),
                archiveAge: .seconds(Int64(numbers.next() % 20_000)),
                makesRoom: numbers.next() % 4 == 0)
            return .expireStreams(ExpireStreams(of: prefix.id, streams.map(\.id), by: rule))
        }
    }

    /// Streams whose entries may leave the journal.
    func unwanted() throws -> Set<UInt64> {
        let archived = try engine.everything().streams.filter { $0.archive != nil }.map(\.id)
        let removed = try JournalFacts(engine.journal.reader).removed
        return Set((archived + removed).map(\.record.rawValue))
    }

    /// What is archived is in its store.
    func judgeStore() throws {
        for stream in try engine.everything().streams {
            guard let url = stream.archive?.stream.url else { continue }
            guard store.objects.contains(url) else {
                throw failure("\(stream.path.text): its archive was removed")
            }
        }
    }

    /// In the end a store that is back has nothing of streams that have left: however far ahead a
    /// clock was by which something was put off, half a century is further.
    mutating func settleStore() throws {
        clock.jump(to: clock.wall().adding(.seconds(50 * 31_557_600)))
        try acceptClock()
        for _ in 0..<3 {
            clock.advance(by: RemoveArchives.repetition + .seconds(1))
            try fireDue()
            var done: [CoordinatorMutation] = []
            while let report = store.work(isAway: false) { done.append(report) }
            for report in done {
                guard engine.prepareSpace() else { throw failure("a whole disk has no space") }
                guard let undurable = decide([report]) else { continue }
                guard append(undurable, [report]) else {
                    throw failure("a whole disk refuses a commit")
                }
            }
        }
        try judgeStore()
        let facts = try JournalFacts(engine.journal.reader)
        for stream in facts.removed.intersection(facts.archived) {
            guard !store.objects.contains(Workload.url(of: stream)) else {
                throw failure("the archive of stream \(stream.record), which has left, stays")
            }
        }
    }
}
