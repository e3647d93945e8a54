import Journal

/// What archivists know a task by: `<queue>:<task>` (`spec/rpc.md §14.2`). We have one queue, 0;
/// a task is the number of the record with which it came due.
package struct ArchiveTaskName: Hashable, Sendable {
    package let queue: UInt64
    package let task: String

    /// The name of a task of ours.
    package init(of id: TaskID) {
        queue = 0
        task = String(id.record.rawValue)
    }

    /// A name without a colon is of the oldest form and means queue 0. Nil for an empty name, one
    /// of more than two parts, or one whose queue is no number.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, !last.isEmpty, parts.count <= 2 else { return nil }
        guard parts.count == 2 else {
            (queue, task) = (0, text)
            return
        }
        guard let queue = UInt64(parts[0]) else { return nil }
        (self.queue, task) = (queue, String(last))
    }

    package var text: String { "\(queue):\(task)" }

    /// Nil if no task of ours can have this name.
    package var taskID: TaskID? {
        guard queue == 0, let number = UInt64(task), String(number) == task else { return nil }
        return TaskID(record: RecordNumber(rawValue: number))
    }
}
