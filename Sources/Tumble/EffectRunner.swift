import Platform

/// Does what a machine asked to be done outside.
public protocol EffectHandler<M>: Sendable {
    associatedtype M: Machine

    /// Does it once; what it returns is submitted as a mutation.
    ///
    /// - Throws: whatever went wrong; it is tried again after a while.
    func perform(_ effect: M.Effect) async throws -> M.Mutation?
}

/// Runs effects, each until it succeeds, with growing pauses.
final class EffectRunner<M: Machine>: Sendable {
    private struct State {
        var stuck: [UInt64: StuckEffect] = [:]
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let handler: any EffectHandler<M>
    private let submit: @Sendable (M.Mutation) async -> Void
    private let pause: @Sendable (Duration) async throws -> Void
    private let state = Lock(State())

    init(
        _ handler: any EffectHandler<M>,
        pause: @escaping @Sendable (Duration) async throws -> Void,
        submit: @escaping @Sendable (M.Mutation) async -> Void
    ) {
        self.handler = handler
        self.pause = pause
        self.submit = submit
    }

    /// The pause before attempt `attempts` + 1: 1, 2, 4, … seconds, two hours at most.
    static func backOff(after attempts: Int) -> Duration {
        attempts > 13 ? .seconds(7200) : min(.seconds(1 << max(0, attempts - 1)), .seconds(7200))
    }

    var stuck: [StuckEffect] {
        state.withLock { state in state.stuck.keys.sorted().compactMap { state.stuck[$0] } }
    }

    func start(_ effects: [M.Effect]) {
        for effect in effects {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            let task = Task { await run(effect, number) }
            state.withLock { $0.tasks[number] = task }
        }
    }

    func cancelAll() { for task in state.withLock({ $0.tasks.values }) { task.cancel() } }

    private func run(_ effect: M.Effect, _ number: UInt64) async {
        var attempts = 0
        while !Task.isCancelled {
            do {
                if let mutation = try await handler.perform(effect) { await submit(mutation) }
                break
            } catch {
                attempts += 1
                let stuck = StuckEffect(
                    description: "\(effect)", attempts: attempts, lastError: "\(error)")
                state.withLock { $0.stuck[number] = stuck }
            }
            do {
                try await pause(Self.backOff(after: attempts))
            } catch {
                break
            }
        }
        state.withLock { state in
            state.stuck[number] = nil
            state.tasks[number] = nil
        }
    }
}
