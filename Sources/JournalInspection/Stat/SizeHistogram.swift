/// How many things there are of which size, in steps of powers of two.
package struct SizeHistogram: Hashable, Sendable {
    /// By the number of bits of the size less one.
    private var counts = [Int](repeating: 0, count: 64)

    package mutating func add(_ size: Int) {
        let bits = Int.bitWidth - max(0, size - 1).leadingZeroBitCount
        counts[min(bits, counts.count - 1)] += 1
    }

    /// Steps that hold something: the largest size in it, and how many.
    package var steps: [(upTo: UInt64, count: Int)] {
        counts.enumerated().filter { $0.element > 0 }.map { (UInt64(1) << $0.offset, $0.element) }
    }
}
