import Coordinator
import Journal
import Platform
import Tumble

/// What was found of the catalog at a start.
package enum CatalogFinding: Hashable, Sendable {
    /// Whole, and it holds everything up to that record.
    case whole(reached: RecordNumber)
    /// There was none.
    case absent
    /// Not to be believed: it was moved to `aside`, and is rebuilt from the journal.
    case putAside(reason: CatalogError, at: String)
}

/// Opens the catalog of a directory, or a new one in place of one that cannot be believed.
enum CatalogOpening {
    static let fileName = "catalog.sqlite"
    static let asideDirectory = "aside"
    /// What belongs to the file while it is in use.
    private static let companions = ["", "-wal", "-shm"]

    struct Opened {
        let catalog: any Catalog
        let snapshot: Snapshot<CoordinatorMachine>
        /// The journal's segments that hold entries of what is in the snapshot.
        let segments: [RecordNumber]
        let finding: CatalogFinding
    }

    /// - Parameters:
    ///   - last: the last record of the journal; a catalog that is ahead of it belongs to another
    ///     journal.
    ///   - options: say how much of it is read.
    /// - Throws: `unavailable` when the files cannot be used at all.
    static func open(
        in directory: String, machine: CoordinatorMachine, journalEnd last: RecordNumber,
        options: StoreOptions
    ) throws(CatalogError) -> Opened {
        let path = "\(directory)/\(fileName)"
        do throws(CatalogError) {
            let size = try status(path)?.size
            let catalog = try SQLiteCatalog(path: path, machine: machine)
            do throws(CatalogError) {
                let contents =
                    (size ?? 0) <= options.wholeCatalogBytes
                    ? try catalog.load() : try catalog.loadWarm(grace: options.grace)
                let reached = contents.checkpoint.reached
                guard reached <= last else {
                    throw .damaged("it is ahead of the journal: \(reached) is after \(last)")
                }
                return Opened(
                    catalog: catalog, snapshot: try contents.snapshot(for: machine),
                    segments: contents.segments,
                    finding: size != nil ? .whole(reached: reached) : .absent)
            } catch {
                catalog.close()
                throw error
            }
        } catch {
            if case .unavailable = error { throw error }
            let aside = try putAside(path, in: directory)
            let catalog = try SQLiteCatalog(path: path, machine: machine)
            let contents = try catalog.load()
            return Opened(
                catalog: catalog, snapshot: try contents.snapshot(for: machine), segments: [],
                finding: .putAside(reason: error, at: aside))
        }
    }

    /// Moves a catalog and its companions out of the way, in place of what is there.
    static func putAside(_ path: String, in directory: String) throws(CatalogError) -> String {
        let files = SystemFileSystem()
        let aside = "\(directory)/\(asideDirectory)"
        do throws(FileError) {
            if try files.status(aside) == nil { try files.createDirectory(aside) }
            for companion in companions {
                let target = "\(aside)/\(fileName)\(companion)"
                if try files.status("\(path)\(companion)") != nil {
                    try files.rename("\(path)\(companion)", to: target)
                } else if try files.status(target) != nil {
                    try files.remove(target)
                }
            }
            try files.syncDirectory(directory)
        } catch {
            throw .unavailable("\(error)")
        }
        return "\(aside)/\(fileName)"
    }

    private static func status(_ path: String) throws(CatalogError) -> FileStatus? {
        do throws(FileError) {
            return try SystemFileSystem().status(path)
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
