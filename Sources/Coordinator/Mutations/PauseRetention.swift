import Platform
import Tumble

/// An administrator lets retention stand still, or go on: also across restarts. Asking for what is
/// so already changes nothing.
package struct PauseRetention: Sendable {
    /// False: it goes on.
    package var isPaused: Bool

    package init(isPaused: Bool) { self.isPaused = isPaused }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) -> Decision<CoordinatorMachine> {
        guard state.retention.isPaused != isPaused else { return Decision(reply: .nothing) }
        return Decision(
            events: [.retentionPaused(RetentionState(isPaused: isPaused, since: now))],
            reply: .nothing)
    }
}
