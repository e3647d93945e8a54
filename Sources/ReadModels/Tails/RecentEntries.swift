import Collections
import Platform

/// Which chunks are still in memory, oldest first, up to a number of bytes.
///
/// Whoever follows a stream closely finds what is new here and touches no disk.
package final class RecentEntries: Sendable {
    /// 16 MiB: some seconds of log at full speed.
    package static let defaultCapacity = 16 * 1024 * 1024
    /// What a chunk costs besides its bytes.
    private static let chunkOverhead = 96

    struct Place: Sendable {
        let stream: UInt64
        let first: UInt64
        let cost: Int
    }

    private struct State {
        var places: Deque<Place> = []
        var bytes = 0
    }

    private let capacity: Int
    private let state = Lock(State())

    init(capacity: Int) { self.capacity = capacity }

    /// What the chunks cost now.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Counts `chunks` in, and returns those that have to go for them.
    func add(_ chunks: [EntryChunk]) -> [Place] {
        state.withLock { state in
            for chunk in chunks {
                let cost = chunk.byteCount + Self.chunkOverhead
                state.places.append(Place(stream: chunk.stream, first: chunk.first, cost: cost))
                state.bytes += cost
            }
            var old: [Place] = []
            while state.bytes > capacity, let place = state.places.popFirst() {
                state.bytes -= place.cost
                old.append(place)
            }
            return old
        }
    }
}
