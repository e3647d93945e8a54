import Coordinator
import Journal
import Platform

@testable import ReadModels

/// A catalog that keeps only the records that it was brought to.
final class ScriptedCatalog: Catalog {
    private let state: Lock<(recorded: [UInt64], refusals: Int)>
    private let gate: Monitor<Bool>?
    private let families: @Sendable (FamilySubject) -> Family?

    /// - Parameters:
    ///   - refusals: how many batches are refused before one is taken.
    ///   - gate: nothing is taken before it holds true.
    ///   - families: gives what is asked for.
    init(
        refusals: Int = 0, gate: Monitor<Bool>? = nil,
        families: @escaping @Sendable (FamilySubject) -> Family? = { _ in nil }
    ) {
        state = Lock((recorded: [], refusals: refusals))
        self.gate = gate
        self.families = families
    }

    var recorded: [UInt64] { state.withLock { $0.recorded } }

    func record(_ changes: CatalogChanges) throws(CatalogError) {
        gate?.wait { $0 ? () : nil }
        try state.withLock { state throws(CatalogError) in
            if state.refusals > 0 {
                state.refusals -= 1
                throw .unavailable("scripted")
            }
            state.recorded.append(changes.checkpoint.reached.rawValue)
        }
    }

    func load() throws(CatalogError) -> CatalogContents {
        throw .unavailable("never loaded here")
    }

    func loadWarm(grace: Duration) throws(CatalogError) -> CatalogContents {
        throw .unavailable("never loaded here")
    }

    func find(_ subject: FamilySubject) throws(CatalogError) -> FoundEntity? { nil }

    func family(of subject: FamilySubject) throws(CatalogError) -> Family? { families(subject) }

    func query(_ query: CatalogQuery) throws(CatalogError) -> CatalogPage {
        CatalogPage(hits: [], isFull: false)
    }

    func projects() throws(CatalogError) -> [String] { [] }
    func candidates(
        _ query: RetentionQuery
    ) throws(CatalogError) -> [RetentionCandidate] { [] }
    func archived(of project: String) throws(CatalogError) -> ArchivedTotals { ArchivedTotals() }

    func close() {}
}
