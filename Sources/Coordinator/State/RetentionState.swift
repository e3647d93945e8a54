import Platform

/// Whether retention stands still. In no digest: nothing of what is kept depends on it.
package struct RetentionState: Hashable, Sendable {
    package let isPaused: Bool
    /// When it was paused, or allowed to go on; zero if neither ever happened.
    package let since: Timestamp

    package init(isPaused: Bool, since: Timestamp) {
        self.isPaused = isPaused
        self.since = since
    }

    /// As a new server begins.
    package static let running = RetentionState(isPaused: false, since: .zero)
}
