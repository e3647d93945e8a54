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

    /// Nothing is due.
    package init() {}

    /// One more; its place in the order of scheduling is its number.
    package mutating func insert(_ id: RecordNumber, due: Timestamp, highPriority isHigh: Bool) {
        let deadline = Deadline(due: due, id: id)
        if isHigh { highPriority.insert(deadline) } else { heap.insert(deadline) }
    }

    /// The moment at which the next one comes due, among those that `isPending`.
    mutating func next(where isPending: (RecordNumber) -> Bool) -> Timestamp? {
        Self.prune(&heap, isPending)
        Self.prune(&highPriority, isPending)
        switch (heap.min?.due, highPriority.min?.due) {
        case (let low?, let high?): return min(low, high)
        case (let due, nil), (nil, let due): return due
        }
    }

    /// Takes out the next one that is due at `now`: high priority first, then by due time, then by
    /// the order of scheduling.
    package mutating func popDue(
        at now: Timestamp, where isPending: (RecordNumber) -> Bool
    ) -> RecordNumber? {
        Self.popDue(&highPriority, now, isPending) ?? Self.popDue(&heap, now, isPending)
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
    var count: Int { heap.count + highPriority.count }

    /// Drops dead entries once they are the larger part; `live` is how many are not dead.
    package mutating func compact(live: Int, where isPending: (RecordNumber) -> Bool) {
        guard count > 1024, count > 2 * live else { return }
        heap = Heap(heap.unordered.filter { isPending($0.id) })
        highPriority = Heap(highPriority.unordered.filter { isPending($0.id) })
    }
}
