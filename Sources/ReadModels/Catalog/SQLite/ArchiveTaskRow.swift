import Coordinator
import GRDB
import Journal

/// A row of `archive_task`.
enum ArchiveTaskRow {
    static let table = CatalogTable(
        "archive_task", "id stream reason due retries place since until failure settle complete")

    static func values(of task: ArchiveTask) -> [DatabaseValue] {
        let (place, since, until) = task.placeValues
        return [
            .record(task.id.record), .record(task.stream.record),
            .integer(Int64(task.reason.rawValue)), .time(task.due),
            .integer(Int64(bitPattern: task.retries)), .integer(Int64(place)), .record(since),
            .time(until), .text(task.failure),
            .integer(task.classic?.settle.wholeMicroseconds),
            .integer(task.classic?.complete.wholeMicroseconds),
        ]
    }

    static func read(_ checked: CatalogRow) throws(CatalogError) -> ArchiveTask {
        var row = checked
        let id = TaskID(record: try row.record())
        let stream = StreamID(record: try row.record())
        let reasonCode = try row.integer()
        let due = try row.time()
        let retries = UInt64(bitPattern: try row.integer())
        let place = ArchiveTask.place(
            code: try row.integer(), record: try row.record(), until: try row.time())
        guard let place, let code = UInt8(exactly: reasonCode),
            let reason = ArchivalReason(rawValue: code)
        else { throw row.unfit }
        let failure = try row.text()
        let (settle, complete) = (try row.optionalInteger(), try row.optionalInteger())
        var terms: ClassicTerms?
        if let settle, let complete {
            terms = ClassicTerms(
                settle: .microseconds(settle), complete: .microseconds(complete))
        }
        return ArchiveTask(
            id: id, stream: stream, reason: reason, due: due, retries: retries, place: place,
            failure: failure, classic: terms)
    }
}
