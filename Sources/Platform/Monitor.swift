#if canImport(Glibc)
    import Glibc
#endif

/// A value behind a mutex, and a condition that threads of our own wait for.
///
/// Only for threads that may block; tasks of the shared pool never wait here.
///
/// `@unchecked Sendable`: `value` and `waiters` are touched only while `mutex` is held.
public final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    /// Threads that wait for the condition; nobody is woken in vain when there are none.
    private var waiters = 0
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init(_ value: sending Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone, then wakes every waiting thread so that it looks again.
    public func update<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        let result = body(&value)
        let hasWaiters = waiters > 0
        pthread_mutex_unlock(mutex)
        // Outside of the lock, so that who wakes does not run into it at once.
        if hasWaiters { pthread_cond_broadcast(condition) }
        return result
    }

    /// Runs `body` alone, then wakes every waiting thread if it returned true.
    public func updateAndWake(if body: (inout Value) -> Bool) {
        pthread_mutex_lock(mutex)
        let wakes = body(&value) && waiters > 0
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_broadcast(condition) }
    }

    /// Runs `body` alone and wakes nobody.
    public func look<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Blocks until `body` returns a value; it is asked again after every `update`.
    public func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            waiters += 1
            pthread_cond_wait(condition, mutex)
            waiters -= 1
        }
    }

    /// Like `wait`, and gives up with nil after `limit`.
    public func wait<Result>(atMost limit: Duration, _ body: (inout Value) -> Result?) -> Result? {
        var deadline = Self.moment(after: limit)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            waiters += 1
            let status = pthread_cond_timedwait(condition, mutex, &deadline)
            waiters -= 1
            guard status == 0 else { return body(&value) }
        }
    }

    private static func moment(after limit: Duration) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = limit.components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        return timespec(
            tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000,
            tv_nsec: nanoseconds % 1_000_000_000)
    }
}
