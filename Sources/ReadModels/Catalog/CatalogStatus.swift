import Journal

/// How far the catalog has followed the journal.
package struct CatalogStatus: Hashable, Sendable {
    /// Every record up to this one is in the catalog.
    package let reached: RecordNumber
    /// The last record that was handed over.
    package let newest: RecordNumber
    /// Journaled events that are not in the catalog yet.
    package let lagEvents: Int
    /// What the catalog refused the last batch with; nil while all is well.
    package let failure: CatalogError?

    /// Whether new registrations should wait a little before they are submitted.
    package var isSlowing: Bool { lagEvents >= CatalogFollower.slowingLag }
}
