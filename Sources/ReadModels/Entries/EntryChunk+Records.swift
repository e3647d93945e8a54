import Coordinator
import Journal
import Tumble

extension EntryChunk {
    /// The entries that `event` appended; nil if it is of another kind.
    init?(of event: CoordinatorEvent) {
        guard case .entriesAppended(let stream, let first, let entries, let count) = event else {
            return nil
        }
        self.init(stream: stream.record.rawValue, first: first, count: count, frames: entries)
    }

    /// The entries that `record` holds; nil if it is of another kind.
    init?(of record: Record, _ machine: CoordinatorMachine) throws(Misfit) {
        guard machine.run(of: record) != nil else { return nil }
        self.init(of: try machine.decode(record))
    }
}
