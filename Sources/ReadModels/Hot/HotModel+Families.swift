import Coordinator
import Foundation
import Journal
import Platform
import Tumble

/// What memory knows of a subject.
enum HotAnswer {
    case found(FoundEntity)
    /// There is none.
    case absent
    /// It is cold, or not there: the catalog knows.
    case missing
}

// What is not in memory.
extension HotModel {
    /// Never waits for a disk.
    func look(_ subject: FamilySubject) -> HotAnswer {
        entities.withLock { Self.look(subject, in: $0) }
    }

    /// What there is of a subject, in memory or in the catalog. Blocks while it reads.
    package func find(_ subject: FamilySubject) throws(CatalogError) -> FoundEntity? {
        switch look(subject) {
        case .found(let found): found
        case .absent: nil
        case .missing: reconcile(try families?.catalog.find(subject), with: subject)
        }
    }

    /// What is there, given that memory did not know and that the catalog has since had `row`:
    /// what has come to memory or left the state meanwhile goes before it.
    private func reconcile(_ row: FoundEntity?, with subject: FamilySubject) -> FoundEntity? {
        entities.withLock { state in
            if case .found(let found) = Self.look(subject, in: state) { return found }
            guard let row, state.prefixes[row.prefix.id] == nil, !state.isGone(row.prefix.id)
            else { return nil }
            return row
        }
    }

    /// Whether a row of the catalog is still what readers see.
    func shows(_ row: StreamState) -> Bool {
        entities.withLock { state in
            state.prefixes[row.prefix] == nil
                ? !state.isGone(row.prefix) : state.stream(row.id) != nil
        }
    }

    private static func look(_ subject: FamilySubject, in state: CoordinatorState) -> HotAnswer {
        if let found = find(subject, in: state) { return .found(found) }
        return state.isMissing(subject) ? .missing : .absent
    }

    private static func find(
        _ subject: FamilySubject, in state: CoordinatorState
    ) -> FoundEntity? {
        let stream: StreamState?
        switch subject {
        case .prefix(let key):
            return state.prefix(key).map { FoundEntity(prefix: $0, stream: nil) }
        case .prefixID(let id):
            return state.prefixes[id].map { FoundEntity(prefix: $0, stream: nil) }
        case .stream(let key): stream = state.stream(key)
        case .streamID(let id): stream = state.stream(id)
        }
        guard let stream, let prefix = state.prefixes[stream.prefix] else { return nil }
        return FoundEntity(prefix: prefix, stream: stream)
    }

    /// Looks that follow each other at once, at most.
    private static let sweepsInARow = 16

    /// Lets families go that are finished and in the catalog as they are, and the places of their
    /// entries; a millisecond at a time.
    ///
    /// - Parameter kept: the last record that is in the catalog.
    package func sweep(kept: RecordNumber, grace: Duration) {
        for _ in 0..<Self.sweepsInARow {
            let (families, outcome) = entities.withLock { state in
                state.evict(
                    Sweep(now: lastTime, applied: lastApplied, kept: kept, grace: grace))
            }
            for stream in families.flatMap(\.streams) {
                TailWaiter.wake(locations.forget(stream.record.rawValue))
            }
            guard outcome.evicted + outcome.found > 0 else { return }
        }
    }
}

// Bringing back what events change.
extension HotModel {
    /// How often, and how long apart, a catalog is asked that does not answer.
    private static let readAttempts = 30
    private static let readPause: TimeInterval = 1

    /// Brings families to memory that events are about.
    func bring(_ subjects: [FamilySubject]) {
        for subject in subjects {
            let family = read(subject)
            entities.withLock { state in
                if let family { state.admit(family) }
            }
        }
    }

    /// The writer has read the same a moment ago. If the catalog fails for good in between, what is
    /// durable cannot be shown: the program ends, and the next start replays it.
    private func read(_ subject: FamilySubject) -> Family? {
        guard let families else { return nil }
        var reason = ""
        for attempt in 1...Self.readAttempts {
            do throws(ColdError) {
                return try families.family(of: subject)
            } catch {
                reason = error.reason
            }
            if attempt < Self.readAttempts { Thread.sleep(forTimeInterval: Self.readPause) }
        }
        preconditionFailure("what a durable commit changed cannot be read: \(reason)")
    }
}
