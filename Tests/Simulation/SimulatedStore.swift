import Coordinator
import TestSupport

/// The store of archives, which fails now and then, and what the engine wants done there.
struct SimulatedStore {
    /// By their URLs.
    private(set) var objects: Set<String> = []
    /// What is under way, the oldest first; whoever does it forgets it when the process ends.
    private var waiting: [RemoveArchives] = []
    private(set) var failures = 0
    private(set) var removals = 0

    /// An archivist writes an object before it reports it.
    mutating func put(_ url: String) { objects.insert(url) }

    /// Takes over what a durable commit asks for.
    mutating func begin(_ effects: [CoordinatorEffect]) {
        for case .removeArchives(let removal) in effects { waiting.append(removal) }
    }

    /// Tries the oldest once more.
    ///
    /// - Returns: what is reported if it is done.
    mutating func work(isAway: Bool) -> CoordinatorMutation? {
        guard !waiting.isEmpty else { return nil }
        let removal = waiting.removeFirst()
        guard !isAway else {
            failures += 1
            waiting.append(removal)
            return nil
        }
        removals += 1
        objects.subtract(removal.archives.flatMap(\.urls))
        return .archivesRemoved(ArchivesRemoved(removal))
    }

    mutating func endProcess() { waiting = [] }
}
