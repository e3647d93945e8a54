import Foundation
import Platform
import Synchronization

/// A thread that does one thing with each item that it is handed, one at a time and in order.
final class PipelineStage<Item: Sendable>: Sendable {
    private struct State {
        var handedOver: Item?
        var isStopping = false
    }

    private let name: String

    private let state: Monitor<State>
    private let busy = Atomic(false)
    private let work: @Sendable (Item) -> Void
    private let idle: @Sendable () -> Void

    /// - Parameters:
    ///   - work: may block.
    ///   - idle: called when nothing is in hand any more.
    init(
        _ name: String, work: @escaping @Sendable (Item) -> Void,
        idle: @escaping @Sendable () -> Void = {}
    ) {
        state = Monitor(State())
        self.name = name
        self.work = work
        self.idle = idle
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.start()
    }

    /// Whether an item is in hand. Cost: no lock.
    var isBusy: Bool { busy.load(ordering: .acquiring) }

    /// Waits until nothing is in hand.
    func drain() { state.wait { _ in isBusy ? nil : () } }

    /// Hands an item over once the one before it is done.
    func handOver(_ item: Item) {
        drain()
        state.update { state in
            busy.store(true, ordering: .releasing)
            state.handedOver = item
        }
    }

    func stop() { state.update { $0.isStopping = true } }

    private func run() {
        while true {
            let item = state.wait { state -> Item?? in
                if let item = state.handedOver {
                    state.handedOver = nil
                    return .some(item)
                }
                return state.isStopping ? .some(nil) : nil
            }
            guard let item else { return }
            work(item)
            state.update { _ in busy.store(false, ordering: .releasing) }
            idle()
        }
    }
}
