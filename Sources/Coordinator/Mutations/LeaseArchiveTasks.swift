import Journal
import LogDogModel
import Platform
import Tumble

/// An archivist takes tasks for a while (`spec/rpc.md §14.1`).
package struct LeaseArchiveTasks: Sendable {
    /// The most tasks that are handed out at once.
    package static let taskLimit = 1000
    /// The longest time for which they are.
    package static let longestLease = Duration.seconds(604_800)

    /// At most so many, and never more than `taskLimit`; none if it is not above zero.
    package var limit: Int
    /// Above zero, at most `longestLease`.
    package var duration: Duration

    /// All is checked by `decide`.
    package init(limit: Int, duration: Duration) {
        self.limit = limit
        self.duration = duration
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard duration > .zero, duration <= Self.longestLease else {
            throw .leaseOutOfRange(longest: Self.longestLease)
        }
        let ready = state.tasks.ready(atMost: min(max(limit, 0), Self.taskLimit))
        guard !ready.isEmpty else { return Decision(reply: .leased([])) }
        let until = now.adding(duration)
        let leased = ready.compactMap { task -> LeasedTask? in
            guard let stream = state.streams[task.stream] else { return nil }
            var task = task
            task.place = .leased(by: next, until: until)
            return LeasedTask(
                task: task, stream: stream, realm: state.prefixes[stream.prefix]?.realm)
        }
        let ids = ready.map(\.id)
        return Decision(
            events: [.archivalLeased(tasks: ids, until: until)],
            schedule: [ReleaseArchival(tasks: ids, heldBy: next).scheduled(due: until)],
            reply: .leased(leased))
    }
}

/// A task that an archivist has been given.
package struct LeasedTask: Hashable, Sendable {
    package let task: ArchiveTask
    /// As it was when the task was handed out.
    package let stream: StreamState
    /// The full realm of its prefix; nil if that has none.
    package let realm: String?
}
