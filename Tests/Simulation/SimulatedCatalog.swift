import Coordinator
import Journal
import ReadModels

/// The in-memory catalog with its past: it survives a crash as it was after any transaction since
/// its last checkpoint, and may be dropped.
struct SimulatedCatalog {
    private(set) var catalog = InMemoryCatalog(machine: CoordinatorMachine())
    /// As it was after each transaction that a crash may roll it back to, the oldest first.
    private var past: [CatalogContents]

    init() throws {
        past = [try catalog.load()]
    }

    /// As it is now.
    var contents: CatalogContents { past[past.count - 1] }

    mutating func record(_ changes: CatalogChanges) throws {
        try catalog.record(changes)
        past.append(try catalog.load())
    }

    /// From now on nothing before this is ever seen again.
    mutating func checkpoint() { past.removeFirst(past.count - 1) }

    /// As it may be found after a crash, `choice` being any number.
    func contents(afterCrash choice: UInt64) -> CatalogContents {
        past[Int(choice % UInt64(past.count))]
    }

    /// Falls back to `contents`, one of those that it has had.
    mutating func rollBack(to contents: CatalogContents) throws {
        catalog = InMemoryCatalog(machine: CoordinatorMachine(), contents)
        past = [try catalog.load()]
    }

    /// Somebody deletes the file.
    mutating func drop() throws { self = try SimulatedCatalog() }
}
