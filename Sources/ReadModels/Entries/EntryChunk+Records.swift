import Coordinator
import Journal
import Tumble

extension EntryChunk {
    /// The entries that `event` appended; nil if it is of another kind.
    init?(of event: CoordinatorEvent) {
        switch event {
        case .entriesAppended(let stream, let first, let entries, let count):
            self.init(
                stream: stream.record.rawValue, first: first, count: count,
                content: .frames(entries))
        case .entriesKept(let stream, let first, let count, let bundle):
            self.init(
                stream: stream.record.rawValue, first: first, count: count,
                content: .bundle(bundle))
        default: return nil
        }
    }

    /// The entries that `record` holds; nil if it is of another kind.
    init?(of record: Record, _ machine: CoordinatorMachine) throws(Misfit) {
        guard machine.run(of: record) != nil else { return nil }
        self.init(of: try machine.decode(record))
    }
}
