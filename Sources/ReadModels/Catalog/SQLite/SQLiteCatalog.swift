import Coordinator
import Foundation
import GRDB
import Journal
import Platform

/// The catalog in a file, as SQLite keeps it (WAL, `synchronous=NORMAL`).
///
/// After a power cut it may have fallen back to an earlier transaction, as a whole. Holds prefix
/// secrets: the file has mode 0600, and SQLite gives its companions the same.
package final class SQLiteCatalog: Catalog {
    /// Pages of 4 KiB after which what is in the WAL moves into the file: slices of 1 MiB.
    private static let checkpointPages = 256
    private static let readerLimit = 4
    /// Of each connection, in KiB: what a large transaction or a search touches should fit.
    private static let cacheKibibytes = 16_384
    private static let busyLimit: TimeInterval = 5

    let pool: DatabasePool
    let machine: CoordinatorMachine

    /// Opens the catalog at `path`, creating it where there is nothing.
    ///
    /// - Throws: `otherSchema` for a file of another version or program, `damaged` for one that
    ///   SQLite does not take for its own, `unavailable` for trouble with files.
    package init(path: String, machine: CoordinatorMachine) throws(CatalogError) {
        self.machine = machine
        try Self.createPrivately(path)
        try DatabaseHeader(path: path).check()
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.maximumReaderCount = Self.readerLimit
        configuration.busyMode = .timeout(Self.busyLimit)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
        }
        pool = try CatalogError.wrapping {
            try DatabasePool(path: path, configuration: configuration)
        }
        try adoptSchema()
    }

    package func close() {
        // Both only fail while statements are running; what is in the WAL counts either way. A
        // catalog that is not in use is one file, which may be copied.
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch { /* It stays where it is. */  }
        do { try pool.close() } catch { return }
    }

    /// SQLite would create the file readable for all.
    private static func createPrivately(_ path: String) throws(CatalogError) {
        let files = SystemFileSystem()
        do throws(FileError) {
            guard try files.status(path) == nil else { return }
            try files.open(path, .create).close()
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private func adoptSchema() throws(CatalogError) {
        let found = try CatalogError.wrapping {
            try self.pool.writeWithoutTransaction { database -> Int? in
                let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version")
                let isEmpty = try !database.tableExists("checkpoint")
                if id == CatalogSchema.applicationID { return version }
                guard isEmpty, id == 0, version == 0 else { return version ?? 0 }
                try database.inTransaction {
                    try CatalogSchema.create(in: database)
                    return .commit
                }
                return nil
            }
        }
        guard let found, found != CatalogSchema.version else { return }
        throw .otherSchema(found: found, expected: CatalogSchema.version)
    }
}

extension CatalogError {
    /// Runs `body` and sorts what SQLite says.
    static func wrapping<Result>(_ body: () throws -> Result) throws(CatalogError) -> Result {
        do {
            return try body()
        } catch let error as CatalogError {
            throw error
        } catch let error as DatabaseError {
            switch error.resultCode {
            // A statement of ours that does not fit says that the schema is not as we wrote it.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_ERROR:
                throw .damaged("\(error.resultCode): \(error.message ?? "")")
            default:
                throw .unavailable("\(error.resultCode): \(error.message ?? "")")
            }
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
