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
    /// The age at which a stream of the classic dialect that is not archived is given up; nil:
    /// never.
    package var abandonment: Duration?

    /// - Parameters: what the original has (`spec/lifecycle.md §4`): 5 minutes and 48 hours.
    package init(
        terminated: Duration = .seconds(300), open: Duration = .seconds(172_800),
        dialect: Dialect = .current, abandonment: Duration? = nil
    ) {
        self.terminated = terminated
        self.open = open
        self.dialect = dialect
        self.abandonment = abandonment
    }
}
