#if canImport(Glibc)
    import Glibc
#endif

/// How much the program has worked until some moment.
package struct ProcessLoad: Hashable, Sendable {
    /// By a clock that never goes back.
    package var moment: Duration
    /// CPU time of all threads of the program.
    package var program: Duration
    /// CPU time of the thread that asked.
    package var thread: Duration

    package init(moment: Duration, program: Duration, thread: Duration) {
        self.moment = moment
        self.program = program
        self.thread = thread
    }

    /// As it is now, for the calling thread. Costs three system calls.
    package static func now() -> ProcessLoad {
        ProcessLoad(
            moment: read(CLOCK_MONOTONIC), program: read(CLOCK_PROCESS_CPUTIME_ID),
            thread: read(CLOCK_THREAD_CPUTIME_ID))
    }

    /// How many threads the machine runs at once.
    package static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        // Fails for no clock that the kernel knows; a load that stands still slows nobody.
        guard clock_gettime(clock, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
