import Collections
import Journal
import Platform

/// Pending mutations in the order in which they come due.
///
/// A heap with lazy cancelling: what was cancelled stays in the heap and is passed over when it
/// comes up, unless more than half of it is dead; then the heap is built anew. 16 bytes an entry.
package struct DeadlineQueue {
    private struct Deadline: Comparable {
        let due: Timestamp
        let id: RecordNumber

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.due, left.id) < (right.due, right.id)
        }
    }

    private var heap = Heap<Deadline>()
    private var highPriority = Heap<Deadline>()
    /// Those that destroy data, apart, so that the others pass them while they are held.
    private var destructive = Heap<Deadline>()

    /// Nothing is due.
    package init() {}

    /// One more; its place in the order of scheduling is its number.
    package mutating func insert(
        _ id: RecordNumber, due: Timestamp, highPriority isHigh: Bool, destroys: Bool
    ) {
        let deadline = Deadline(due: due, id: id)
        if destroys {
            destructive.insert(deadline)
        } else if isHigh {
            highPriority.insert(deadline)
        } else {
            heap.insert(deadline)
        }
    }

    /// The moment at which the next one comes due, among those that `isPending`.
    ///
    /// - Parameter isHolding: whether those that destroy data do not count.
    mutating func next(
        holdingDestruction isHolding: Bool, where isPending: (RecordNumber) -> Bool
    ) -> Timestamp? {
        Self.prune(&heap, isPending)
        Self.prune(&highPriority, isPending)
        Self.prune(&destructive, isPending)
        let dues = [heap.min?.due, highPriority.min?.due, isHolding ? nil : destructive.min?.due]
        return dues.compactMap(\.self).min()
    }

    /// Takes out the next one that is due at `now`: high priority first, what destroys data last,
    /// then by due time, then by the order of scheduling.
    package mutating func popDue(
        at now: Timestamp, holdingDestruction isHolding: Bool,
        where isPending: (RecordNumber) -> Bool
    ) -> RecordNumber? {
        Self.popDue(&highPriority, now, isPending) ?? Self.popDue(&heap, now, isPending)
            ?? (isHolding ? nil : Self.popDue(&destructive, now, isPending))
    }

    private static func prune(
        _ heap: inout Heap<Deadline>, _ isPending: (RecordNumber) -> Bool
    ) {
        while let least = heap.min, !isPending(least.id) { heap.removeMin() }
    }

    private static func popDue(
        _ heap: inout Heap<Deadline>, _ now: Timestamp, _ isPending: (RecordNumber) -> Bool
    ) -> RecordNumber? {
        prune(&heap, isPending)
        guard let least = heap.min, least.due <= now else { return nil }
        heap.removeMin()
        return least.id
    }

    /// How many entries the heaps hold, dead ones included.
    var count: Int { heap.count + highPriority.count + destructive.count }

    /// Drops dead entries once they are the larger part; `live` is how many are not dead.
    package mutating func compact(live: Int, where isPending: (RecordNumber) -> Bool) {
        guard count > 1024, count > 2 * live else { return }
        heap = Heap(heap.unordered.filter { isPending($0.id) })
        highPriority = Heap(highPriority.unordered.filter { isPending($0.id) })
        destructive = Heap(destructive.unordered.filter { isPending($0.id) })
    }
}
