import Collections
import Foundation
import Platform

/// A few threads for reads that may wait for a disk, so that the shared pool never does.
package final class ReaderThreads: Sendable {
    /// Many times what four threads do in a second: whoever waits longer is better told.
    package static let defaultQueueLimit = 4096

    private struct State {
        var waiting: Deque<@Sendable () -> Void> = []
        var stopped = false
    }

    private let state = Monitor(State())
    private let queueLimit: Int

    /// - Parameters:
    ///   - count: as many reads as this run at once; above zero.
    ///   - queueLimit: the most reads that wait for a thread before further ones are refused.
    package init(count: Int = 4, queueLimit: Int = defaultQueueLimit) {
        precondition(count > 0, "somebody must do the reading")
        self.queueLimit = queueLimit
        for number in 1...count {
            let thread = Thread { [state] in Self.work(state) }
            thread.name = "reader-\(number)"
            thread.start()
        }
    }

    /// Runs `work` on one of the threads.
    ///
    /// - Throws: `busy` when the queue is full, `stopped` after `stop`, and what `work` throws.
    package func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws(ReadError) -> Result
    ) async throws(ReadError) -> Result {
        let outcome: Swift.Result<Result, ReadError> = await withCheckedContinuation { caller in
            let refusal = state.update { state -> ReadError? in
                guard !state.stopped else { return .stopped }
                guard state.waiting.count < queueLimit else { return .busy(limit: queueLimit) }
                state.waiting.append {
                    do throws(ReadError) {
                        caller.resume(returning: .success(try work()))
                    } catch {
                        caller.resume(returning: .failure(error))
                    }
                }
                return nil
            }
            if let refusal { caller.resume(returning: .failure(refusal)) }
        }
        return try outcome.get()
    }

    /// Blocks until at least `count` reads wait for a thread; for tests.
    func awaitQueue(of count: Int) {
        state.wait { $0.waiting.count >= count ? () : nil }
    }

    /// Lets the threads finish what waits and end; later reads are refused. Harmless when repeated.
    package func stop() { state.update { $0.stopped = true } }

    deinit { state.update { $0.stopped = true } }

    private enum Step {
        case run(@Sendable () -> Void)
        case end
    }

    private static func work(_ state: Monitor<State>) {
        while true {
            let step = state.wait { state -> Step? in
                if let next = state.waiting.popFirst() { return .run(next) }
                return state.stopped ? .end : nil
            }
            switch step {
            case .run(let work): work()
            case .end: return
            }
        }
    }
}
