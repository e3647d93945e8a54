import Foundation
import Journal
import Platform

/// Takes durable changes to the catalog on a thread of its own.
///
/// It gathers for `interval` or until `eventsPerTransaction` have come, sooner if a query waits.
/// When the catalog refuses, what was gathered is kept and tried again every second: the catalog
/// falls behind, visibly, and the journal goes on.
package final class CatalogFollower: Sendable {
    package static let interval: Duration = .milliseconds(250)
    package static let eventsPerTransaction = 10_000
    /// Events of lag from which on registrations are slowed.
    package static let slowingLag = 200_000
    private static let retryInterval: Duration = .seconds(1)

    private struct State {
        var gathered: CatalogChanges?
        /// Of the batch that is being recorded.
        var recordingEvents = 0
        var reached: RecordNumber
        var newest: RecordNumber
        var failure: CatalogError?
        var flushes = 0
        var stopping = false
        var ended = false
        var waiters = CatalogWaiters()
        var afterEach: @Sendable (RecordNumber) -> Void = { _ in }

        var lag: Int { recordingEvents + (gathered?.eventCount ?? 0) }
        var isUrgent: Bool {
            flushes > 0 || stopping || !waiters.isEmpty || lag >= eventsPerTransaction
        }
    }

    private let catalog: any Catalog
    private let state: Monitor<State>

    /// Starts the thread.
    ///
    /// - Parameter reached: the last record that `catalog` holds.
    package init(following catalog: any Catalog, from reached: RecordNumber) {
        self.catalog = catalog
        state = Monitor(State(reached: reached, newest: reached))
        let thread = Thread { [catalog, state] in Self.follow(catalog, state) }
        thread.name = "catalog"
        thread.start()
    }

    /// Has `body` done on the follower's thread after each transaction, with the record that the
    /// catalog has reached.
    func afterEach(_ body: @escaping @Sendable (RecordNumber) -> Void) {
        state.look { $0.afterEach = body }
    }

    deinit { state.update { $0.stopping = true } }

    /// How far the catalog has come.
    package var status: CatalogStatus {
        state.look {
            CatalogStatus(
                reached: $0.reached, newest: $0.newest, lagEvents: $0.lag, failure: $0.failure)
        }
    }

    /// Hands over what a commit changed; never waits for the catalog.
    func add(_ changes: CatalogChanges) {
        state.updateAndWake { state in
            state.newest = changes.checkpoint.reached
            guard state.gathered != nil else {
                state.gathered = changes
                return true
            }
            state.gathered?.merge(changes)
            return state.isUrgent
        }
    }

    /// Waits until the catalog holds everything up to `record`.
    ///
    /// - Throws: `catalogBehind` when that takes longer than until `deadline`, `stopped` if the
    ///   program goes down meanwhile. A cancelled task is told at once, as if it were late.
    package func wait(
        until record: RecordNumber, deadline: ContinuousClock.Instant
    ) async throws(ReadError) {
        let waiter = CatalogWaiter()
        let expiry = Task {
            do {
                try await Task.sleep(until: deadline, clock: .continuous)
                give(up: waiter, on: record)
            } catch { return }  // The answer came first.
        }
        defer { expiry.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                state.update { state in
                    if state.reached >= record {
                        caller.resume(returning: nil as ReadError?)
                    } else if state.ended {
                        caller.resume(returning: .stopped)
                    } else if Task.isCancelled || ContinuousClock.now >= deadline {
                        // Whoever gives up on this wait may have come too early to find it.
                        caller.resume(
                            returning: .catalogBehind(reached: state.reached, wanted: record))
                    } else {
                        state.waiters.add(waiter, until: record, caller)
                    }
                }
            }
        } onCancel: {
            give(up: waiter, on: record)
        }
        if let outcome { throw outcome }
    }

    /// Blocks the calling thread until all that was handed over is in the catalog or the catalog
    /// refused it.
    package func flush() {
        state.update { $0.flushes += 1 }
        state.wait { state -> Void? in
            guard state.lag == 0 || state.failure != nil || state.ended else { return nil }
            state.flushes -= 1
            return ()
        }
    }

    /// Records what is left, ends the thread and waits for that. Harmless when repeated.
    package func stop() {
        state.update { $0.stopping = true }
        state.wait { $0.ended ? () : nil }
    }

    private func give(up waiter: CatalogWaiter, on record: RecordNumber) {
        state.update { state in
            state.waiters.fail(
                waiter, with: .catalogBehind(reached: state.reached, wanted: record))
        }
    }
}

// The thread.
extension CatalogFollower {
    private static func follow(_ catalog: any Catalog, _ state: Monitor<State>) {
        while state.wait({ $0.gathered != nil ? true : $0.stopping ? false : nil }) {
            _ = state.wait(atMost: interval) { $0.isUrgent ? () : nil }
            guard let changes = state.update(take) else { continue }
            do throws(CatalogError) {
                try catalog.record(changes)
                let afterEach = state.update { state in
                    done(changes, &state)
                    return state.afterEach
                }
                afterEach(changes.checkpoint.reached)
            } catch {
                guard state.update({ put(changes, back: error, &$0) }) else { break }
                _ = state.wait(atMost: retryInterval) { $0.stopping ? () : nil }
            }
        }
        state.update { state in
            state.ended = true
            state.waiters.failAll(with: .stopped)
        }
    }

    private static func take(_ state: inout State) -> CatalogChanges? {
        defer { state.gathered = nil }
        state.recordingEvents = state.gathered?.eventCount ?? 0
        return state.gathered
    }

    private static func done(_ changes: CatalogChanges, _ state: inout State) {
        state.recordingEvents = 0
        state.failure = nil
        state.reached = changes.checkpoint.reached
        state.waiters.succeed(through: state.reached)
    }

    /// Keeps what was refused for the next try; false if there is none because we are stopping.
    private static func put(
        _ changes: CatalogChanges, back failure: CatalogError, _ state: inout State
    ) -> Bool {
        var together = changes
        if let newer = state.gathered { together.merge(newer) }
        state.gathered = together
        state.recordingEvents = 0
        state.failure = failure
        return !state.stopping
    }
}
