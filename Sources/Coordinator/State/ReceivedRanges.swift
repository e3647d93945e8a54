/// Which entries of a stream are held: a run from 0, and runs beyond holes.
package struct ReceivedRanges: Hashable, Sendable {
    /// Runs beyond the first hole; an entry that would open another is refused.
    package static let intervalLimit = 1024

    /// One past the end of the run that begins at 0; 0 if index 0 is not there.
    package private(set) var contiguousEnd: UInt64 = 0
    /// Disjoint, ascending, not touching each other nor the first run; half open.
    private(set) var beyond: [Range<UInt64>] = []

    /// Nothing is held.
    package init() {}

    /// The last index of the run that begins at 0; what Tail answers.
    package var contiguousThrough: UInt64? { contiguousEnd == 0 ? nil : contiguousEnd - 1 }

    /// The parts of `range` that are not held yet, ascending.
    package func missing(from range: Range<UInt64>) -> [Range<UInt64>] {
        var missing: [Range<UInt64>] = []
        var next = max(range.lowerBound, min(contiguousEnd, range.upperBound))
        guard next < range.upperBound else { return [] }
        var index = firstInterval(endingAfter: next)
        while next < range.upperBound {
            guard index < beyond.count, beyond[index].lowerBound < range.upperBound else {
                missing.append(next..<range.upperBound)
                break
            }
            let held = beyond[index]
            if next < held.lowerBound { missing.append(next..<held.lowerBound) }
            next = max(next, held.upperBound)
            index += 1
        }
        return missing
    }

    /// How many of the indexes below `end` are held.
    package func count(below end: UInt64) -> UInt64 {
        beyond.reduce(min(contiguousEnd, end)) { count, range in
            count + (min(range.upperBound, end) - min(range.lowerBound, end))
        }
    }

    /// Whether holding `range` too would need more intervals than a stream may have.
    package func wouldExceedLimit(adding range: Range<UInt64>) -> Bool {
        guard beyond.count >= Self.intervalLimit, range.lowerBound > contiguousEnd else {
            return false
        }
        let index = firstInterval(endingAfter: range.lowerBound &- 1)
        return index >= beyond.count || beyond[index].lowerBound > range.upperBound
    }

    /// Counts `range` in; what is held already changes nothing.
    package mutating func insert(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        if range.lowerBound <= contiguousEnd {
            contiguousEnd = max(contiguousEnd, range.upperBound)
            while let first = beyond.first, first.lowerBound <= contiguousEnd {
                contiguousEnd = max(contiguousEnd, first.upperBound)
                beyond.removeFirst()
            }
            return
        }
        let start = firstInterval(endingAfter: range.lowerBound - 1)
        var end = start
        var merged = range
        while end < beyond.count, beyond[end].lowerBound <= range.upperBound {
            merged =
                min(
                    merged.lowerBound, beyond[end].lowerBound)..<max(
                    merged.upperBound, beyond[end].upperBound)
            end += 1
        }
        beyond.replaceSubrange(start..<end, with: [merged])
    }

    /// The position of the first interval whose end lies after `index`.
    private func firstInterval(endingAfter index: UInt64) -> Int {
        var low = 0
        var high = beyond.count
        while low < high {
            let middle = (low + high) / 2
            if beyond[middle].upperBound > index { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
