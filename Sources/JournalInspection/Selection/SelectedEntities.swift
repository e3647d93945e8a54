import Coordinator
import Journal
import Tumble

/// Tells which records are about what is selected, having seen all records before them.
///
/// Costs 8 bytes for each selected prefix and stream, and some more for each selected mutation
/// that is pending; nothing for what is not selected.
struct SelectedEntities: Sendable {
    private let selection: NameSelection
    /// Registrations, ascending: they are met in that order.
    private var entities: [UInt64] = []
    private var pending: Set<RecordNumber> = []

    init(_ selection: NameSelection) { self.selection = selection }

    /// Whether `content` is about something selected; remembers what it registers.
    mutating func includes(_ number: RecordNumber, _ content: RecordContent) -> Bool {
        if selection.isEverything { return true }
        switch content {
        case .index, .undecodable: return false
        case .event(.prefixRegistered(let prefix)):
            return remember(number, if: selection.includes(prefix))
        case .event(.streamRegistered(let stream)):
            return remember(number, if: selection.includes(stream))
        case .event(let event):
            let tasks = event.tasks(numbered: number).map(\.record)
            let prefixes = event.prefix.map { [$0.record] } ?? []
            let subjects = event.streams.map(\.record) + prefixes + tasks
            return remember(number, of: event, if: subjects.contains { holds($0) })
        case .processor(let event): return includes(number, event)
        }
    }

    private mutating func includes(
        _ number: RecordNumber, _ event: ProcessorEvent<CoordinatorMachine>
    ) -> Bool {
        switch event {
        case .scheduled(_, let scheduled):
            guard holds(RecordNumber(rawValue: scheduled.root.rawValue)) else { return false }
            pending.insert(number)
            return true
        case .cancelled(let id), .fired(let id, _): return pending.remove(id) != nil
        case .digest, .clockReset: return false
        }
    }

    /// Tasks are known by the record that made them, deadlines of leases by that of the lease.
    private mutating func remember(
        _ number: RecordNumber, of event: CoordinatorEvent, if isSelected: Bool
    ) -> Bool {
        switch event {
        case .archivalTasked, .archivalLeased, .archivalFailed:
            remember(number, if: isSelected)
        default: isSelected
        }
    }

    private mutating func remember(_ number: RecordNumber, if isSelected: Bool) -> Bool {
        if isSelected { entities.append(number.rawValue) }
        return isSelected
    }

    private func holds(_ record: RecordNumber) -> Bool {
        var low = 0
        var high = entities.count
        while low < high {
            let middle = (low + high) / 2
            if entities[middle] < record.rawValue { low = middle + 1 } else { high = middle }
        }
        return low < entities.count && entities[low] == record.rawValue
    }
}
