import LogDogModel
import Platform
import Tumble

/// An administrator hides a stream from everybody else, or shows it again
/// (`spec/lifecycle.md §3.2`, row 17). Asking for what is so already changes nothing.
package struct PurgeStream: Sendable {
    package var target: StreamTarget
    /// False: it is shown again.
    package var isPurged: Bool

    package init(_ target: StreamTarget, isPurged: Bool) {
        self.target = target
        self.isPurged = isPurged
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let stream = state.stream(target) else { throw .streamNotFound }
        guard stream.purged != isPurged else { return Decision(reply: .nothing) }
        return Decision(
            events: [.streamPurged(stream: stream.id, purged: isPurged, at: now)],
            reply: .nothing)
    }
}
