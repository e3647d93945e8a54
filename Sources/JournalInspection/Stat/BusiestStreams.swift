/// The streams with the most entries, in memory that does not grow with their number.
///
/// Exact up to `capacity` streams. Beyond, small ones are thrown out now and then together with as
/// many entries of every other (Misra and Gries): a count is then too low by `uncertainty` at most,
/// and every stream with more entries than that is among them.
package struct BusiestStreams: Sendable {
    package struct Stream: Hashable, Sendable {
        /// The record that registered it.
        package let stream: UInt64
        package var entries: UInt64
        package var bytes: UInt64
    }

    private let capacity: Int
    private var counts: [UInt64: Stream] = [:]
    /// By how much a count may be too low.
    package private(set) var uncertainty: UInt64 = 0

    package init(capacity: Int = 100_000) { self.capacity = capacity }

    package mutating func add(_ stream: UInt64, entries: UInt64, bytes: Int) {
        let none = Stream(stream: stream, entries: 0, bytes: 0)
        counts[stream, default: none].entries += entries
        counts[stream, default: none].bytes += UInt64(bytes)
        if counts.count > 2 * capacity { shrink() }
    }

    private mutating func shrink() {
        let sizes = counts.values.map(\.entries).sorted(by: >)
        let cut = sizes[capacity]
        uncertainty += cut
        counts = counts.compactMapValues { stream in
            guard stream.entries > cut else { return nil }
            return Stream(stream: stream.stream, entries: stream.entries - cut, bytes: stream.bytes)
        }
    }

    /// The busiest, most entries first.
    package func top(_ count: Int) -> [Stream] {
        Array(
            counts.values.sorted { ($1.entries, $0.stream) < ($0.entries, $1.stream) }
                .prefix(count))
    }
}
