import Coordinator
import GRDB
import Platform

/// The row of `retention`.
enum RetentionRow {
    static let table = CatalogTable("retention", "id paused since")

    static func values(of retention: RetentionState) -> [DatabaseValue] {
        [.integer(1), .integer(retention.isPaused ? 1 : 0), .time(retention.since)]
    }

    static func read(_ checked: CatalogRow) throws(CatalogError) -> RetentionState {
        var row = checked
        _ = try row.integer()
        let isPaused = try row.integer() != 0
        return RetentionState(isPaused: isPaused, since: try row.time())
    }
}
