import Collections
import Platform

/// Values under keys, up to a number of bytes; what was not used lately goes first.
///
/// Eviction gives each value that was used since it was last looked at a second chance: an
/// approximation of least recently used at constant cost.
final class ByteCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot {
        let value: Value
        let cost: Int
        var wasUsed = false
    }

    private struct State {
        var slots: [Key: Slot] = [:]
        var order: Deque<Key> = []
        var bytes = 0
    }

    /// The most bytes that the values may cost together.
    let capacity: Int
    private let state = Lock(State())

    init(capacity: Int) {
        precondition(capacity >= 0, "a cache holds no negative number of bytes")
        self.capacity = capacity
    }

    /// What the values cost now.
    var bytes: Int { state.withLock { $0.bytes } }

    func value(for key: Key) -> Value? {
        state.withLock { state in
            state.slots[key]?.wasUsed = true
            return state.slots[key]?.value
        }
    }

    /// Keeps `value`, which takes `cost` bytes; one that is larger than the cache is not kept.
    func insert(_ value: Value, for key: Key, cost: Int) {
        guard cost <= capacity else { return }
        state.withLock { state in
            guard state.slots[key] == nil else { return }
            state.slots[key] = Slot(value: value, cost: cost)
            state.order.append(key)
            state.bytes += cost
            while state.bytes > capacity { Self.evictOne(&state) }
        }
    }

    /// Lets go of what stands under `key`.
    func remove(_ key: Key) {
        state.withLock { state in
            guard let slot = state.slots.removeValue(forKey: key) else { return }
            state.bytes -= slot.cost
            state.order.removeAll { $0 == key }
        }
    }

    private static func evictOne(_ state: inout State) {
        while let key = state.order.popFirst(), let slot = state.slots[key] {
            guard slot.wasUsed else {
                state.slots[key] = nil
                state.bytes -= slot.cost
                return
            }
            state.slots[key]?.wasUsed = false
            state.order.append(key)
        }
    }
}
