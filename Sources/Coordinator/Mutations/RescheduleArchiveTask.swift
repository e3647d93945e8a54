import Journal
import LogDogModel
import Platform
import Tumble

/// An archivist hands back what it holds of a stream (`spec/rpc.md §15.3`): each task is ready again
/// after the pause of a failed one, with one more retry.
///
/// A stream none of whose tasks is held stays as it is: what there is to do for it is in the queue.
package struct RescheduleArchiveTask: Sendable {
    package var stream: StreamKey

    /// Its existence is checked by `decide`.
    package init(_ stream: StreamKey) { self.stream = stream }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.stream(stream) else { throw .streamNotFound }
        var decision = Decision<CoordinatorMachine>(reply: .nothing)
        for id in state.tasks.ids(of: found.id) {
            guard let task = state.tasks[id], case .leased = task.place else { continue }
            let until = now.adding(FailArchival.pause(afterRetries: task.retries))
            let hold = next.advanced(by: decision.events.count)
            decision.events.append(
                .archivalFailed(task: id, until: until, reason: "its archivist handed it back"))
            decision.schedule.append(
                ReleaseArchival(tasks: [id], heldBy: hold).scheduled(due: until))
        }
        return decision
    }
}
