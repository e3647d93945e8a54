import Journal
import Tumble

/// Which families are in memory, which of them are about to leave, and what left the state.
///
/// A matter of memory alone: it decides nothing, is in no digest, and two states that differ in it
/// are equal.
struct Residency: Sendable {
    /// The sum of everything that is not in memory.
    var coldDigest = StateDigest()
    /// All that are in memory, in the order in which they are looked at; also some that have gone.
    private var queue: [PrefixID] = []
    private var position = 0
    /// Families that were found finished, and the last record then: once a store holds that
    /// record, it holds them as they are. What touches one takes it out.
    private(set) var leaving: [PrefixID: RecordNumber] = [:]
    /// Prefixes that left the state for good while something was cold. A store that is behind may
    /// still have them, at most up to that record.
    private var gone: [PrefixID: RecordNumber] = [:]

    /// Whether all of the state is in memory.
    var isWhole: Bool { coldDigest == StateDigest() }

    func isGone(_ prefix: PrefixID) -> Bool { gone[prefix] != nil }

    mutating func enter(_ prefix: PrefixID) { queue.append(prefix) }

    /// Something about the family changes.
    mutating func touch(_ prefix: PrefixID) {
        guard !leaving.isEmpty else { return }
        leaving[prefix] = nil
    }

    /// The prefix leaves the state for good.
    mutating func remove(_ prefix: PrefixID) {
        touch(prefix)
        // Where nothing is cold and nothing is about to be, no store is asked before it has caught
        // up with this.
        guard !leaving.isEmpty || !isWhole else { return }
        gone[prefix] = .last
    }

    mutating func leave(_ prefix: PrefixID, after record: RecordNumber) {
        leaving[prefix] = record
    }

    /// A sweep begins: what is gone is forgotten once the store knows of it.
    mutating func begin(_ sweep: Sweep) {
        guard !gone.isEmpty else { return }
        gone = gone.filter { $0.value > sweep.kept }
            .mapValues { min($0, sweep.applied) }
    }

    /// The next family to look at, round and round.
    ///
    /// - Parameter isHere: whether it is still in memory.
    mutating func next(where isHere: (PrefixID) -> Bool) -> PrefixID? {
        while !queue.isEmpty {
            if position >= queue.count { position = 0 }
            let prefix = queue[position]
            if isHere(prefix) {
                position += 1
                return prefix
            }
            queue.swapAt(position, queue.count - 1)
            queue.removeLast()
        }
        return nil
    }
}

extension Residency: Hashable {
    static func == (left: Residency, right: Residency) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
