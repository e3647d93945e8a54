#if canImport(Glibc)
    import Glibc
#endif

/// How much of a busy machine a thread gets.
package enum ThreadPriority {
    /// Lets all other threads of the program go first from now on: where all cores are busy, this
    /// one gets about a tenth of what another gets. Cannot be taken back.
    package static func lowerThis() {
        // On Linux 0 means the calling thread. It may only fail for a thread that is gone.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    }
}
