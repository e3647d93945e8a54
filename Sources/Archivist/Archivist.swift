import Foundation
import Platform
import StreamArchive

/// Takes archival tasks, writes archives, and reports them, on threads of its own.
package final class Archivist: Sendable {
    private struct State {
        var isStopping = false
        var running = 0
        /// Counts the calls of `finishDue`.
        var wakes = 0
        /// Of each worker: the wake before which it last found nothing to do.
        var idleSince: [Int]
        /// CPU time of each worker, as far as it has told.
        var used: [Duration]
        var status = ArchivistStatus()
    }

    private let store: any ObjectStore
    private let coordinator: any ArchivalCoordinator
    private let options: ArchivistOptions
    private let clock: any Clock
    private let warn: @Sendable (_ task: String, _ reason: String) -> Void
    private let state: Monitor<State>

    /// - Parameter warn: is told of everything that went wrong.
    package init(
        store: any ObjectStore, coordinator: any ArchivalCoordinator, options: ArchivistOptions,
        clock: any Clock, warn: @escaping @Sendable (_ task: String, _ reason: String) -> Void
    ) {
        self.store = store
        self.coordinator = coordinator
        self.options = options
        self.clock = clock
        self.warn = warn
        state = Monitor(
            State(
                idleSince: Array(repeating: -1, count: options.workers),
                used: Array(repeating: .zero, count: options.workers)))
    }

    /// Starts the workers. To be called once.
    package func start() {
        state.update { $0.running = options.workers }
        for worker in 0..<options.workers {
            let thread = Thread { [self] in
                // The writer goes first: under full load a worker gets about a tenth of a core.
                ThreadPriority.lowerThis()
                work(worker)
                state.update { $0.running -= 1 }
            }
            thread.name = "archivist-\(worker + 1)"
            thread.start()
        }
    }

    /// Lets the workers finish the group they are at, and waits for them; what they have not begun
    /// is given back. Blocks; harmless when repeated.
    package func stop() {
        state.update { $0.isStopping = true }
        state.wait { $0.running == 0 ? () : nil }
    }

    /// Waits until every worker has found nothing to do after this call. Blocks.
    package func finishDue() {
        let wake = state.update { state in
            state.wakes += 1
            return state.wakes
        }
        state.wait { state in
            state.isStopping || state.idleSince.allSatisfy { $0 >= wake } ? () : nil
        }
    }

    package var status: ArchivistStatus { state.look { $0.status } }

    private func work(_ worker: Int) {
        var pause = options.shortestPause
        while !state.look({ $0.isStopping }) {
            let wake = state.look { $0.wakes }
            let found = pass(worker)
            pause = found ? options.shortestPause : min(options.longestPause, pause * 2)
            guard !found else { continue }
            state.update { $0.idleSince[worker] = wake }
            _ = state.wait(atMost: pause) { state in
                state.isStopping || state.wakes > wake ? () : nil
            }
        }
    }

    /// Takes tasks and does them; false if there was nothing to do.
    private func pass(_ worker: Int) -> Bool {
        let pace = pace(of: worker)
        var batch = ArchiveBatch(
            store, coordinator, options, clock: clock,
            isStopping: { [state] in state.look { $0.isStopping } }, rest: pace)
        var found = false
        do throws(CoordinatorTrouble) {
            let tickets = try coordinator.lease(
                max(1, options.leaseLimit / options.workers), for: options.lease)
            found = !tickets.isEmpty
            try batch.run(tickets)
        } catch {
            warn("", "\(error)")
            found = false
        }
        let outcome = batch.outcome
        for failure in outcome.failures { warn(failure.task, failure.reason) }
        state.look { state in
            state.status.archived += outcome.archived
            state.status.bytes += outcome.bytes
            state.status.failures += outcome.failures.count
            state.status.lastFailure = outcome.failures.last?.reason ?? state.status.lastFailure
        }
        return found
    }

    /// What a worker calls between two pieces of work, on its own thread.
    private func pace(of worker: Int) -> () -> Void {
        func used(by load: ProcessLoad) -> Duration {
            state.look { state in
                state.used[worker] = load.thread
                return state.used.reduce(.zero, +)
            }
        }
        let now = ProcessLoad.now()
        var pace = ArchivalPace(from: now, workers: used(by: now), cores: ProcessLoad.cores)
        return { [state] in
            let load = ProcessLoad.now()
            let rest = pace.rest(after: load, workers: used(by: load))
            guard rest > .zero else { return }
            _ = state.wait(atMost: rest) { $0.isStopping ? () : nil }
            let after = ProcessLoad.now()
            pace.begin(at: after, workers: used(by: after))
        }
    }
}

/// What an archivist has done since it was started.
package struct ArchivistStatus: Hashable, Sendable {
    package internal(set) var archived = 0
    /// Of entries files.
    package internal(set) var bytes: UInt64 = 0
    package internal(set) var failures = 0
    /// Empty if nothing ever failed.
    package internal(set) var lastFailure = ""
}
