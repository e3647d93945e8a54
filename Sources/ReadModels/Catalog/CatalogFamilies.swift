import Coordinator
import Journal
import Tumble

/// The families that are not in memory, as the catalog has them.
package struct CatalogFamilies: ColdStore {
    package typealias M = CoordinatorMachine

    package let catalog: any Catalog
    /// The last record that the catalog holds.
    private let reached: @Sendable () -> RecordNumber

    package init(_ catalog: any Catalog, reached: @escaping @Sendable () -> RecordNumber) {
        self.catalog = catalog
        self.reached = reached
    }

    package var kept: RecordNumber { reached() }

    package func family(of subject: FamilySubject) throws(ColdError) -> Family? {
        do throws(CatalogError) {
            return try catalog.family(of: subject)
        } catch {
            throw ColdError("\(error)")
        }
    }
}
