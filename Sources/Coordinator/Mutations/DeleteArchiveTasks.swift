import Tumble

/// An archivist says that tasks are done (`spec/rpc.md §14.2`). Anybody may, leased or not;
/// unknown ones are passed over.
package struct DeleteArchiveTasks: Sendable {
    package var tasks: [TaskID]

    package init(tasks: [TaskID]) { self.tasks = tasks }

    func decide(in state: CoordinatorState) -> Decision<CoordinatorMachine> {
        let known = Set(tasks).filter { state.tasks[$0] != nil }.sorted()
        return Decision(
            events: known.isEmpty ? [] : [.archivalDeleted(tasks: known)], reply: .nothing)
    }
}
