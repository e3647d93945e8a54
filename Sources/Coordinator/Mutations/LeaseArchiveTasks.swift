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
        let until = now.adding(duration)
        var dropped: [TaskID] = []
        var leased: [LeasedTask] = []
        for task in ready {
            // Nothing is left to do for a stream whose prefix is deleted.
            guard let stream = state.stream(task.stream) else {
                dropped.append(task.id)
                continue
            }
            leased.append(
                LeasedTask(
                    task: task, stream: stream, realm: state.prefixes[stream.prefix]?.realm))
        }
        let drops = dropped.isEmpty ? [] : [CoordinatorEvent.archivalDeleted(tasks: dropped)]
        guard !leased.isEmpty else { return Decision(events: drops, reply: .leased([])) }
        let lease = next.advanced(by: drops.count)
        for index in leased.indices {
            leased[index].task.place = .leased(by: lease, until: until)
        }
        let ids = leased.map(\.task.id)
        return Decision(
            events: drops + [.archivalLeased(tasks: ids, until: until)],
            schedule: [ReleaseArchival(tasks: ids, heldBy: lease).scheduled(due: until)],
            reply: .leased(leased))
    }
}

/// A task that an archivist has been given.
package struct LeasedTask: Hashable, Sendable {
    package internal(set) var task: ArchiveTask
    /// As it was when the task was handed out.
    package let stream: StreamState
    /// The full realm of its prefix; nil if that has none.
    package let realm: String?
}
