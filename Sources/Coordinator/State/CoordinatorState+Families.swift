import Journal
import LogDogModel
import Platform
import Tumble

// What is in memory of the state, by families.
extension CoordinatorState {
    /// Whether all of it is in memory.
    package var isWhole: Bool { residency.isWhole }

    /// Whether the prefix left the state, although a catalog that is behind may still have it.
    package func isGone(_ prefix: PrefixID) -> Bool { residency.isGone(prefix) }

    /// Whether memory cannot tell what there is of `subject`.
    package func isMissing(_ subject: FamilySubject) -> Bool {
        guard !isWhole else { return false }
        return switch subject {
        case .prefix(let key): prefix(key) == nil
        case .prefixID(let id): prefixes[id] == nil
        case .stream(let key): stream(key) == nil
        case .streamID(let id): streams[id] == nil
        }
    }

    /// Puts back what was cold; changes nothing if memory knows better.
    package mutating func admit(_ family: Family) {
        let id = family.prefix.id
        guard prefixes[id] == nil, !isGone(id) else { return }
        let before = digest
        insert(family.prefix)
        for stream in family.streams { insert(stream) }
        move(before, isCooling: false)
    }

    /// Lets finished families go that the store holds as they are; returns which.
    package mutating func evict(
        _ sweep: Sweep
    ) -> (families: [EvictedFamily], outcome: SweepOutcome) {
        residency.begin(sweep)
        let ready = residency.leaving
            .filter { $0.value <= sweep.kept || DeliberateFault.evictBeforeCatalog.isOn }
            .keys.sorted()
        var left = sweep.limit
        var evicted: [EvictedFamily] = []
        for id in ready where left > 0 {
            residency.touch(id)
            guard isFinished(id, sweep) else { continue }
            let streams = streamIDs(of: id)
            left -= 1 + streams.count
            cool(id)
            evicted.append(EvictedFamily(prefix: id, streams: streams))
        }
        let found = look(sweep, limit: left)
        return (
            evicted,
            SweepOutcome(
                evicted: evicted.count, found: found, waiting: residency.leaving.count)
        )
    }

    /// Notes which families are finished; they leave with a later sweep. Returns how many it found.
    private mutating func look(_ sweep: Sweep, limit: Int) -> Int {
        var left = limit
        var found = 0
        var first: PrefixID?
        while left > 0 {
            guard let id = residency.next(where: { prefixes[$0] != nil }), id != first else {
                break
            }
            first = first ?? id
            left -= 1
            guard residency.leaving[id] == nil, isFinished(id, sweep) else { continue }
            left -= streamIDs(of: id).count
            residency.leave(id, after: sweep.applied)
            found += 1
        }
        return found
    }

    private func isFinished(_ id: PrefixID, _ sweep: Sweep) -> Bool {
        guard let prefix = prefixes[id] else { return false }
        let ids = streamIDs(of: id)
        let streams = ids.lazy.compactMap { self.streams[$0] }
        return Family.isFinished(prefix, streams, at: sweep.now, grace: sweep.grace)
            && ids.allSatisfy { tasks.ids(of: $0).isEmpty }
    }

    private mutating func cool(_ id: PrefixID) {
        guard let prefix = prefixes[id] else { return }
        let before = digest
        remove(streamIDs(of: id), of: id)
        forget(prefix)
        move(before, isCooling: true)
    }

    /// The digest stays what it was: what it changed by is what left memory, or came to it.
    private mutating func move(_ before: StateDigest, isCooling: Bool) {
        var moved = isCooling ? before : digest
        moved -= isCooling ? digest : before
        digest = before
        if isCooling { residency.coldDigest += moved } else { residency.coldDigest -= moved }
    }
}

/// A family that has left memory.
package struct EvictedFamily: Hashable, Sendable {
    package let prefix: PrefixID
    package let streams: [StreamID]
}
