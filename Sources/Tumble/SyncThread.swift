import Foundation
import Journal
import Platform
import Synchronization

/// Writes and syncs commits, and tells everybody: the second stage of a pipeline of two.
///
/// One commit is in flight at a time, on this thread or, when the writer is alone, on its own.
final class SyncThread<M: Machine>: Sendable {
    private struct State {
        var handedOver: PendingCommit<M>?
        var isStopping = false
    }

    private let state: Monitor<State>
    private let busy = Atomic(false)
    private let complete: @Sendable (PendingCommit<M>) -> Void
    private let idle: @Sendable () -> Void

    /// - Parameter idle: called when nothing is in flight any more.
    init(
        complete: @escaping @Sendable (PendingCommit<M>) -> Void,
        idle: @escaping @Sendable () -> Void
    ) {
        state = Monitor(State())
        self.complete = complete
        self.idle = idle
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "journal-sync"
        thread.start()
    }

    /// Whether a commit is in flight. Cost: no lock.
    var isBusy: Bool { busy.load(ordering: .acquiring) }

    /// Waits until nothing is in flight.
    func drain() { state.wait { _ in isBusy ? nil : () } }

    /// Hands a commit over, after the one before it.
    func handOver(_ commit: PendingCommit<M>) {
        drain()
        state.update { state in
            busy.store(true, ordering: .releasing)
            state.handedOver = commit
        }
    }

    func stop() { state.update { $0.isStopping = true } }

    private func run() {
        while true {
            let commit = state.wait { state -> PendingCommit<M>?? in
                if let commit = state.handedOver {
                    state.handedOver = nil
                    return .some(commit)
                }
                return state.isStopping ? .some(nil) : nil
            }
            guard let commit else { return }
            complete(commit)
            state.update { _ in busy.store(false, ordering: .releasing) }
            idle()
        }
    }
}
