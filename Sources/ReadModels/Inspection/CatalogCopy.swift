import Foundation
import GRDB
import Platform

/// A copy of a catalog that may be in use, as of one of its transactions.
///
/// What is copied is not touched: beside a server SQLite reads along as it does for any of its
/// tools; without one the files are copied as they lie there.
package enum CatalogCopy {
    /// False if there is no catalog in `directory`.
    ///
    /// - Parameters:
    ///   - isLive: whether a server is using it.
    ///   - path: where the copy goes; nothing is there yet.
    package static func make(
        of directory: String, isLive: Bool, at path: String
    ) throws(CatalogError) -> Bool {
        let source = "\(directory)/\(CatalogOpening.fileName)"
        guard FileManager.default.fileExists(atPath: source) else { return false }
        try CatalogError.wrapping {
            if isLive {
                try copyTransaction(from: source, to: path)
            } else {
                // What is in the WAL belongs to it; its index is made anew.
                for companion in ["", "-wal"]
                where FileManager.default.fileExists(atPath: "\(source)\(companion)") {
                    try FileManager.default.copyItem(
                        atPath: "\(source)\(companion)", toPath: "\(path)\(companion)")
                }
            }
        }
        return true
    }

    private static func copyTransaction(from source: String, to path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let live = try DatabaseQueue(path: source, configuration: configuration)
        let copy = try DatabaseQueue(path: path)
        // In one step, so that no later transaction makes it begin again.
        try live.backup(to: copy)
        try copy.close()
        try live.close()
    }

    /// The record that the catalog at `path` has reached; 0 if it has recorded nothing.
    ///
    /// - Throws: `otherSchema` if its rows cannot be compared with those of this build.
    package static func reached(at path: String) throws(CatalogError) -> UInt64 {
        try CatalogError.wrapping {
            let queue = try DatabaseQueue(path: path)
            return try queue.read { database in
                let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard id == CatalogSchema.applicationID, version == CatalogSchema.version else {
                    throw CatalogError.otherSchema(
                        found: version, expected: CatalogSchema.version)
                }
                let reached = try Int64.fetchOne(database, sql: "SELECT reached FROM checkpoint")
                return UInt64(bitPattern: reached ?? 0)
            }
        }
    }
}
