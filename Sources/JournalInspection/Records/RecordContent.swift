import Coordinator
import Journal
import Tumble

/// What a record says, decoded.
package enum RecordContent: Sendable {
    /// The journal's own.
    case index
    case processor(ProcessorEvent<CoordinatorMachine>)
    case event(CoordinatorEvent)
    /// Whole, but not what its kind asks for: of another program, or of a later version.
    case undecodable(reason: String)

    package init(_ record: Record, _ machine: CoordinatorMachine) {
        guard record.kind != .index else {
            self = .index
            return
        }
        do throws(Misfit) {
            self =
                (16...31).contains(record.kind.rawValue)
                ? .processor(try ProcessorEvent(decoding: record, machine))
                : .event(try machine.decode(record))
        } catch {
            self = .undecodable(reason: error.reason)
        }
    }

    package var isDecoded: Bool {
        if case .undecodable = self { return false }
        return true
    }
}
