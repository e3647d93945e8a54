import Coordinator
import Journal

/// A second-hand account of the journal that can be searched and from which a start is quick.
///
/// It follows the journal: it may lie behind, is never ahead of what is durable, and may be thrown
/// away at any time. Every form behaves alike; one suite runs over all of them.
package protocol Catalog: Sendable {
    /// Everything that stands in it, each row checked.
    ///
    /// - Throws: `damaged` if a single row is not what was written: then nothing in it is believed.
    func load() throws(CatalogError) -> CatalogContents
    /// Takes in what changed since the record that it has reached: all of it or nothing.
    func record(_ changes: CatalogChanges) throws(CatalogError)
    /// The streams of one prefix that match, ascending by hash. Safe from any thread while another
    /// one records; sees the last completed `record`.
    func query(_ query: CatalogQuery) throws(CatalogError) -> CatalogPage
    /// Ends its use. Harmless when repeated.
    func close()
}

/// What the catalog's store let us down with.
package enum CatalogError: Error, Hashable, Sendable {
    /// Not what was written: thrown away and rebuilt from the journal.
    case damaged(String)
    /// Written in another schema than this program's: rebuilt as well.
    case otherSchema(found: Int, expected: Int)
    /// The store refused; what it holds is still whole.
    case unavailable(String)
}

/// A search among the streams of one prefix.
package struct CatalogQuery: Sendable {
    package var prefix: PrefixID
    package var query: StreamQuery

    package init(prefix: PrefixID, query: StreamQuery) {
        self.prefix = prefix
        self.query = query
    }
}

/// The hits of a search; `isFull` exactly when the page limit was reached.
package struct CatalogPage: Sendable {
    package let hits: [StreamState]
    package let isFull: Bool
}
