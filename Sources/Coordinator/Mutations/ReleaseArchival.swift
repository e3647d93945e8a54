import ByteCoding
import Journal
import Platform
import Tumble

/// A deadline: what hid some tasks ends, a lease or a pause after a failure. Those that are not
/// done by then are ready again, with one more retry.
package struct ReleaseArchival: Hashable, Sendable {
    package var tasks: [TaskID]
    /// The record that hid them. Whoever was handed out again since stays hidden.
    package var hold: RecordNumber

    package init(tasks: [TaskID], heldBy hold: RecordNumber) {
        self.tasks = tasks
        self.hold = hold
    }

    func decide(in state: CoordinatorState) -> Decision<CoordinatorMachine> {
        let held = tasks.filter { state.tasks[$0]?.hold == hold }
        return Decision(
            events: held.isEmpty ? [] : [.archivalReleased(tasks: held)], reply: .nothing)
    }

    func scheduled(due: Timestamp) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .releaseArchival(self), root: MutationRoot(rawValue: hold.rawValue),
            name: MutationName(rawValue: "archive-release-\(hold)"), due: due)
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendVarint(hold.rawValue)
        bytes.appendTaskIDs(tasks)
    }

    init(decoding reader: inout ByteReader) throws {
        hold = RecordNumber(rawValue: try reader.varint())
        tasks = try reader.taskIDs()
    }
}
