import Coordinator
import GRDB
import Platform

/// The row of `configuration`.
enum ConfigurationRow {
    static let table = CatalogTable("configuration", "id hash since content")

    static func values(of configuration: ConfigurationState) -> [DatabaseValue] {
        [
            .integer(1), .bytes(configuration.hash), .time(configuration.since),
            .text(configuration.text),
        ]
    }

    static func read(_ checked: CatalogRow) throws(CatalogError) -> ConfigurationState {
        var row = checked
        _ = try row.integer()
        let hash = try row.bytes()
        let since = try row.time()
        return ConfigurationState(hash: Array(hash), text: try row.text(), since: since)
    }
}
