import Platform

/// A clock that only tests move.
public final class ManualClock: Clock {
    private let state: Lock<(wall: Timestamp, monotonic: Duration)>

    public init(_ start: Timestamp = Timestamp(microseconds: 1_700_000_000_000_000)) {
        state = Lock((wall: start, monotonic: .zero))
    }

    public func wall() -> Timestamp { state.withLock { $0.wall } }
    public func monotonic() -> Duration { state.withLock { $0.monotonic } }

    /// Lets time pass on both clocks.
    public func advance(by duration: Duration) {
        state.withLock {
            $0.wall = $0.wall.adding(duration)
            $0.monotonic += duration
        }
    }

    /// Sets the time of day, as a person or a time server would; the monotonic clock stays.
    public func jump(to wall: Timestamp) { state.withLock { $0.wall = wall } }
}
