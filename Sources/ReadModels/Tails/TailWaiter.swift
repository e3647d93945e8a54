/// A follower that has all there is of its stream and waits for more.
struct TailWaiter: Sendable {
    /// Tells the waits of one program run apart.
    let ticket: UInt64
    let caller: CheckedContinuation<Void, Never>
}

extension TailWaiter {
    /// More waiters than this are woken by a task of their own, not by the publishing thread.
    private static let inlineLimit = 64

    static func wake(_ waiters: [TailWaiter]) {
        guard waiters.count > inlineLimit else {
            for waiter in waiters { waiter.caller.resume() }
            return
        }
        Task { for waiter in waiters { waiter.caller.resume() } }
    }
}
