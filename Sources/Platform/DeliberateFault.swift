#if canImport(Glibc)
    import Glibc
#endif

/// A fault that tests put into the engine on purpose, to see that they would find it.
///
/// The environment variable `LOGDOG_FAULT` names it when a process starts, in debug builds alone. In a
/// release build there are none: `isOn` is the constant false and what stands behind it is gone.
package enum DeliberateFault: String, CaseIterable, Sendable {
    // The journal.
    case stampAhead
    case forgetStamp
    case rotateOffByOne
    case emptyFooter
    case ignoreHeaderChecksum
    case ignoreBodyChecksum
    case dropChainCheck
    case serveUnfinishedCommits
    case cutWhatWasLost
    case leaveTornTail
    case trustUnsyncedTail
    case giveNumbersAgain
    // The processor.
    case forgetTimer
    case fireTwice
    case fireEarly
    case replaySkipsOne
    case acknowledgeFailures
    case forgetAcceptedClock
    // The Coordinator and its read models.
    case lastBytesWin
    case forgetReceived
    case forgetLocation
    case catalogForgetsRow
    case catalogKeepsFired
    case evictBeforeCatalog
    case removeArchivesOnce
    case keepDeletedStreams

    #if DEBUG
        private static let chosen = getenv("LOGDOG_FAULT").flatMap {
            DeliberateFault(rawValue: String(cString: $0))
        }

        /// Whether the process was started with it.
        package var isOn: Bool { self == Self.chosen }
    #else
        /// Never, so that the compiler drops what depends on it.
        @inlinable
        package var isOn: Bool { false }
    #endif
}
