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
    /// The same without the families that are finished and have been for `grace`, at the time of
    /// the checkpoint. Costs what is not finished.
    func loadWarm(grace: Duration) throws(CatalogError) -> CatalogContents
    /// The prefix or stream of `subject`, unless its prefix is deleted; nil if there is none. Sees
    /// the last completed `record`, from any thread.
    func find(_ subject: FamilySubject) throws(CatalogError) -> FoundEntity?
    /// All of the family of `subject`, deleted or not by identity; otherwise like `find`.
    func family(of subject: FamilySubject) throws(CatalogError) -> Family?
    /// Takes in what changed since the record that it has reached: all of it or nothing.
    func record(_ changes: CatalogChanges) throws(CatalogError)
    /// The streams that match, in the order of the search. Safe from any thread while another one
    /// records; sees the last completed `record`.
    ///
    /// - Throws: `late` once the deadline of the query has passed.
    func query(_ query: CatalogQuery) throws(CatalogError) -> CatalogPage
    /// Projects that have streams, in order. Safe from any thread, like all that follows.
    func projects() throws(CatalogError) -> [String]
    /// Streams that may leave. Costs about as many rows as are asked for, and those of held prefixes
    /// between them.
    func candidates(_ query: RetentionQuery) throws(CatalogError) -> [RetentionCandidate]
    /// What is archived of a project. Costs all its streams.
    func archived(of project: String) throws(CatalogError) -> ArchivedTotals
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
    /// A search was given up at its deadline.
    case late
}

/// A search among the streams of one prefix or of a whole project.
package struct CatalogQuery: Sendable {
    package var query: StreamQuery
    /// The prefix of a search for names; nil for a search of the project.
    package var prefix: PrefixID?
    /// When whoever asked stops waiting.
    package var deadline: ContinuousClock.Instant

    package init(
        _ query: StreamQuery, prefix: PrefixID?, deadline: ContinuousClock.Instant
    ) {
        self.query = query
        self.prefix = prefix
        self.deadline = deadline
    }
}

/// The hits of a search; `isFull` exactly when the page limit was reached.
package struct CatalogPage: Sendable {
    package let hits: [StreamState]
    package let isFull: Bool
}

/// What was found of a subject.
package struct FoundEntity: Hashable, Sendable {
    package let prefix: PrefixState
    /// Nil if a prefix was looked for.
    package let stream: StreamState?
}
