import Platform

/// How long archivals wait; settings that come in with a mutation, so that deciding stays pure.
package struct ArchivalTimers: Hashable, Sendable {
    /// From termination on.
    package var terminated: Duration
    /// From registration on, for a stream that may never be terminated.
    package var open: Duration

    /// - Parameters: what the original has (`spec/lifecycle.md §4`): 5 minutes and 48 hours.
    package init(terminated: Duration = .seconds(300), open: Duration = .seconds(172_800)) {
        self.terminated = terminated
        self.open = open
    }
}
