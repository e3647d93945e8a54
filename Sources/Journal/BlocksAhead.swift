import ByteCoding
import Dispatch

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
        bodies = [Body](repeating: nil, count: steps.count)
        first = index
        bodies.withUnsafeMutableBufferPointer { buffer in
            // Each iteration writes an element of its own.
            nonisolated(unsafe) let target = buffer
            DispatchQueue.concurrentPerform(iterations: target.count) { offset in
                target[offset] = walk.image.records(in: steps[index + offset], Inflater())
            }
        }
    }
}
