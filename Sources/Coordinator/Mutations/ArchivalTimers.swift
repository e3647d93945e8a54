import LogDogModel
import Platform

/// How long archivals wait; settings that come in with a mutation, so that deciding stays pure.
package struct ArchivalTimers: Hashable, Sendable {
    /// From termination on.
    package var terminated: Duration
    /// From registration on, for a stream that may never be terminated.
    package var open: Duration
    /// Which life cycle a stream that is registered now gets: tasked from the start, or only when
    /// its deadline fires.
    package var dialect: Dialect

    /// - Parameters: what the original has (`spec/lifecycle.md §4`): 5 minutes and 48 hours.
    package init(
        terminated: Duration = .seconds(300), open: Duration = .seconds(172_800),
        dialect: Dialect = .current
    ) {
        self.terminated = terminated
        self.open = open
        self.dialect = dialect
    }
}
