import Coordinator
import Platform
import ReadModels

/// What retention lets go of one project, piece by piece: found in the catalog, decided elsewhere.
struct RetentionSurvey {
    /// Candidates that are looked at in one go.
    private static let page = 1000

    let project: String
    let policy: RetentionPolicy
    let model: ReadModel
    let now: Timestamp
    private(set) var byAge = ArchivedTotals()
    private(set) var toMakeRoom = ArchivedTotals()

    init(_ project: String, _ policy: RetentionPolicy, _ model: ReadModel, at now: Timestamp) {
        self.project = project
        self.policy = policy
        self.model = model
        self.now = now
    }

    /// Hands over streams of one prefix that may leave, and the rule by which, until `take` returns
    /// false.
    mutating func run(
        _ take: (ExpireStreams) throws(RetentionTrouble) -> Bool
    ) throws(RetentionTrouble) {
        var query = RetentionQuery(
            project: project, createdBy: now.adding(.zero - policy.ages.streamAge),
            limit: Self.page)
        query.archivedBy = policy.ages.archiveAge.map { now.adding(.zero - $0) }
        while let page = try next(&query) {
            byAge.add(page)
            guard try hand(page, policy.ages, take) else { return }
        }
        guard let limit = policy.archiveBytes else { return }
        let totals = try catalog { () throws(CatalogError) in try model.archived(of: project) }
        var excess = totals.bytes.subtractingReportingOverflow(limit)
        guard !excess.overflow else { return }
        excess = excess.partialValue.subtractingReportingOverflow(byAge.bytes)
        guard !excess.overflow, excess.partialValue > 0 else { return }
        try makeRoom(excess.partialValue, take)
    }

    private mutating func makeRoom(
        _ excess: UInt64, _ take: (ExpireStreams) throws(RetentionTrouble) -> Bool
    ) throws(RetentionTrouble) {
        // Those that age lets go anyway were counted already, and stand at the front as a rule.
        var query = RetentionQuery(
            project: project, createdBy: .init(microseconds: .min), limit: Self.page)
        query.anyArchived = true
        var left = excess
        var rule = policy.ages
        rule.makesRoom = true
        while left > 0, let page = try next(&query) {
            var leaving: [RetentionCandidate] = []
            for candidate in page where left > 0 && !isOld(candidate) {
                leaving.append(candidate)
                left = left > candidate.bytes ? left - candidate.bytes : 0
            }
            toMakeRoom.add(leaving)
            guard try hand(leaving, rule, take) else { return }
        }
    }

    private func isOld(_ candidate: RetentionCandidate) -> Bool {
        if candidate.created.adding(policy.ages.streamAge) <= now { return true }
        guard let archived = candidate.archived, let age = policy.ages.archiveAge else {
            return false
        }
        return archived.adding(age) <= now
    }

    private func next(
        _ query: inout RetentionQuery
    ) throws(RetentionTrouble) -> [RetentionCandidate]? {
        let question = query
        let page = try catalog { () throws(CatalogError) in try model.candidates(question) }
        query.after = page.last ?? query.after
        return page.isEmpty ? nil : page
    }

    private func hand(
        _ page: [RetentionCandidate], _ rule: ExpiryRule,
        _ take: (ExpireStreams) throws(RetentionTrouble) -> Bool
    ) throws(RetentionTrouble) -> Bool {
        let families = Dictionary(grouping: page, by: \.prefix).sorted { $0.key < $1.key }
        for (prefix, streams) in families {
            let expiry = ExpireStreams(of: prefix, streams.map(\.stream), by: rule)
            guard try take(expiry) else { return false }
        }
        return true
    }

    private func catalog<Result>(
        _ body: () throws(CatalogError) -> Result
    ) throws(RetentionTrouble) -> Result {
        do throws(CatalogError) { return try body() } catch {
            throw RetentionTrouble("the catalog: \(error)")
        }
    }
}

/// Why retention did not come to its end; it begins anew with the next look.
package struct RetentionTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension ArchivedTotals {
    fileprivate mutating func add(_ candidates: [RetentionCandidate]) {
        streams += candidates.count
        bytes = candidates.reduce(bytes) { $0 &+ $1.bytes }
    }
}
