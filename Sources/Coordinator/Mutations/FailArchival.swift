import Journal
import Platform
import Tumble

/// An archivist of this program could not do a task and gives it back; it comes up again after a
/// pause that doubles with every retry.
package struct FailArchival: Sendable {
    /// So much of a reason is kept, in bytes.
    package static let reasonLimit = 1000
    /// The longest pause (`spec/lifecycle.md §4`, retry back-off).
    package static let longestPause = Duration.seconds(7200)

    package var task: TaskID
    /// The record by which it was handed out; if the lease has ended since, nothing happens.
    package var lease: RecordNumber
    /// For operators.
    package var reason: String

    package init(task: TaskID, lease: RecordNumber, reason: String) {
        self.task = task
        self.lease = lease
        self.reason = reason
    }

    /// 2^retries seconds, at most two hours.
    package static func pause(afterRetries retries: UInt64) -> Duration {
        retries < 13 ? .seconds(1 << Int64(retries)) : longestPause
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) -> Decision<CoordinatorMachine> {
        guard let held = state.tasks[task], case .leased(lease, _) = held.place else {
            return Decision(reply: .nothing)
        }
        let until = now.adding(Self.pause(afterRetries: held.retries))
        let kept = String(decoding: reason.utf8.prefix(Self.reasonLimit), as: UTF8.self)
        return Decision(
            events: [.archivalFailed(task: task, until: until, reason: kept)],
            schedule: [ReleaseArchival(tasks: [task], heldBy: next).scheduled(due: until)],
            reply: .nothing)
    }
}
