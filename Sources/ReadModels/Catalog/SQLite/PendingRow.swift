import Coordinator
import GRDB
import Journal
import Tumble

/// A row of `pending`.
enum PendingRow {
    static let table = CatalogTable("pending", "id root name due priority attempts payload")

    static func values(
        of pending: CoordinatorPending, _ machine: CoordinatorMachine
    ) -> [DatabaseValue] {
        let scheduled = pending.scheduled
        var payload: [UInt8] = []
        machine.encode(scheduled.mutation, into: &payload)
        return [
            .record(pending.id), .integer(Int64(bitPattern: scheduled.root.rawValue)),
            .text(scheduled.name?.rawValue), .time(scheduled.due), .flag(scheduled.highPriority),
            .integer(Int64(pending.attempts)), .bytes(payload),
        ]
    }

    static func read(
        _ checked: CatalogRow, _ machine: CoordinatorMachine
    ) throws(CatalogError) -> CoordinatorPending {
        var row = checked
        let id = try row.record()
        let root = MutationRoot(rawValue: UInt64(bitPattern: try row.integer()))
        let name = try row.optionalText().map { MutationName(rawValue: $0) }
        let due = try row.time()
        let highPriority = try row.flag()
        let attempts = Int(clamping: try row.integer())
        let payload = try row.bytes()
        do throws(Misfit) {
            let scheduled = ScheduledMutation<CoordinatorMachine>(
                mutation: try machine.decodeMutation(payload[...]), root: root, name: name,
                due: due, highPriority: highPriority)
            return CoordinatorPending(id: id, scheduled: scheduled, attempts: attempts)
        } catch {
            throw row.unfit
        }
    }
}
