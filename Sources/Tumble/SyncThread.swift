import Foundation
import Journal
import Platform

/// Writes and syncs commits, and tells everybody: the second stage of a pipeline of two.
///
/// One commit is in flight at a time, on this thread or, when the writer is alone, on its own.
final class SyncThread<M: Machine>: Sendable {
    private struct State {
        var handedOver: PendingCommit<M>?
        var isBusy = false
        var isStopping = false
    }

    private let state: Monitor<State>
    private let complete: @Sendable (PendingCommit<M>) -> Void

    init(complete: @escaping @Sendable (PendingCommit<M>) -> Void) {
        state = Monitor(State())
        self.complete = complete
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "journal-sync"
        thread.start()
    }

    var isBusy: Bool { state.look { $0.isBusy } }

    /// Waits until nothing is in flight.
    func drain() { state.wait { $0.isBusy ? nil : () } }

    /// Hands a commit over, after the one before it.
    func handOver(_ commit: PendingCommit<M>) {
        drain()
        state.update { state in
            state.isBusy = true
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
            state.update { $0.isBusy = false }
        }
    }
}
