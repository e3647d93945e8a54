import ByteCoding
import Dispatch
import Platform
import Synchronization

/// Inflates the blocks of one segment before they are asked for, on all cores; who asks gets them
/// in order.
struct BlocksAhead {
    /// Of one block: nil if its content is not what its header says.
    typealias Body = (records: [Record], inflated: Int)?

    /// How many at once: some megabytes, enough that cores seldom wait for each other.
    static let count = 32

    private var bodies: [Body] = []
    /// The step of the first of them.
    private var first = 0

    /// What `walk.kept[index]` holds.
    mutating func body(of index: Int, in walk: SegmentWalk) -> Body {
        if !bodies.indices.contains(index - first) { inflate(from: index, in: walk) }
        return bodies[index - first]
    }

    private mutating func inflate(from index: Int, in walk: SegmentWalk) {
        let steps = walk.kept[index...].prefix(Self.count)
        first = index
        bodies = Self.inflate(steps.count) { offset, inflater in
            walk.image.records(in: steps[index + offset], inflater)
        }
    }

    /// What `body` makes of 0, 1, … `count` - 1, on all cores, each with an inflater of its own.
    static func inflate(_ count: Int, _ body: (Int, Inflater) -> Body) -> [Body] {
        let taken = Atomic<Int>(0)
        return withoutActuallyEscaping(body) { body in
            var bodies = [Body](repeating: nil, count: count)
            bodies.withUnsafeMutableBufferPointer { buffer in
                // Each number is taken once, and has an element of its own.
                nonisolated(unsafe) let target = buffer
                nonisolated(unsafe) let body = body
                DispatchQueue.concurrentPerform(iterations: ProcessLoad.cores) { _ in
                    let inflater = Inflater()
                    while true {
                        let index = taken.add(1, ordering: .relaxed).oldValue
                        guard index < count else { return }
                        target[index] = body(index, inflater)
                    }
                }
            }
            return bodies
        }
    }
}
