import Platform
import RPCStatus

/// Gives a call up at its deadline.
enum Deadline {
    /// The result of `body`, or DEADLINE_EXCEEDED once `deadline` has passed; `body` is cancelled
    /// then, and what it still does is nobody's.
    static func run<Result: Sendable>(
        until deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws(RPCError) -> Result
    ) async throws(RPCError) -> Result {
        guard ContinuousClock.now < deadline else { throw passed }
        let race = Race<Result>()
        let work = Task {
            do throws(RPCError) {
                race.finish(.success(try await body()))
            } catch {
                race.finish(.failure(error))
            }
        }
        let timer = Task {
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return }
            race.finish(.failure(passed))
            work.cancel()
        }
        let outcome = await withTaskCancellationHandler {
            await race.outcome()
        } onCancel: {
            work.cancel()
        }
        timer.cancel()
        return try outcome.get()
    }

    private static let passed = RPCError(.deadlineExceeded, "the deadline has passed")

    /// The first of two outcomes.
    private final class Race<Value: Sendable>: Sendable {
        typealias Outcome = Swift.Result<Value, RPCError>

        private enum State {
            case running
            case awaited(CheckedContinuation<Outcome, Never>)
            case finished(Outcome)
            case taken
        }

        private let state = Lock(State.running)

        func finish(_ outcome: Outcome) {
            let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
                switch state {
                case .running:
                    state = .finished(outcome)
                    return nil
                case .awaited(let waiter):
                    state = .taken
                    return waiter
                case .finished, .taken: return nil
                }
            }
            waiter?.resume(returning: outcome)
        }

        func outcome() async -> Outcome {
            await withCheckedContinuation { waiter in
                let ready = state.withLock { state -> Outcome? in
                    guard case .finished(let outcome) = state else {
                        state = .awaited(waiter)
                        return nil
                    }
                    state = .taken
                    return outcome
                }
                if let ready { waiter.resume(returning: ready) }
            }
        }
    }
}
