import Collections
import Foundation
import Platform
import Synchronization

/// A thread that does one thing with each item that it is handed, one at a time and in order.
///
/// One more item may wait for it, so that it goes from one to the next without a pause.
final class PipelineStage<Item: Sendable>: Sendable {
    /// The item in work, or about to be, and the one that waits.
    private static var capacity: Int { 2 }

    private struct State {
        var waiting: Deque<Item> = []
        var isStopping = false
    }

    private let name: String

    private let state: Monitor<State>
    private let itemsInHand = Atomic(0)
    private let work: @Sendable (Item) -> Void
    private let done: @Sendable () -> Void

    /// - Parameters:
    ///   - work: may block.
    ///   - done: called after each item, when it is in hand no more.
    init(
        _ name: String, work: @escaping @Sendable (Item) -> Void,
        done: @escaping @Sendable () -> Void = {}
    ) {
        state = Monitor(State())
        self.name = name
        self.work = work
        self.done = done
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.start()
    }

    /// Whether nothing is in hand. Cost: no lock.
    var isIdle: Bool { itemsInHand.load(ordering: .acquiring) == 0 }

    /// Whether an item that is handed over now need not be waited for. Cost: no lock.
    var hasRoom: Bool { itemsInHand.load(ordering: .acquiring) < Self.capacity }

    /// Waits until nothing is in hand.
    func drain() { state.wait { _ in isIdle ? () : nil } }

    /// Hands an item over, once there is room for it. Only one thread hands over.
    func handOver(_ item: Item) {
        state.wait { _ in hasRoom ? () : nil }
        state.update { state in
            itemsInHand.add(1, ordering: .releasing)
            state.waiting.append(item)
        }
    }

    func stop() { state.update { $0.isStopping = true } }

    private func run() {
        while let item = next() {
            work(item)
            state.update { _ in _ = itemsInHand.subtract(1, ordering: .releasing) }
            done()
        }
    }

    /// Waits for the next item; nil at the end.
    private func next() -> Item? {
        state.wait { state -> Item?? in
            if let item = state.waiting.popFirst() { return .some(item) }
            return state.isStopping ? .some(nil) : nil
        }
    }
}
