#if canImport(Glibc)
    import Glibc
#endif

/// The door to time.
public protocol Clock: Sendable {
    /// The time of day, which people may set and which can jump.
    func wall() -> Timestamp
    /// Time that only ever goes on at its own pace, from an arbitrary start.
    func monotonic() -> Duration
}

/// The clocks of the operating system.
public struct SystemClock: Clock {
    public init() {}

    public func wall() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public func monotonic() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
