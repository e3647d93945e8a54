import Testing

@testable import Journal

/// The decision table of recovery, row by row.
@Suite struct VerdictTests {
    // swift-format-ignore
    private static let rows: [(Finding, sealed: Bool, covered: Bool, Verdict)] = [
        (.whole, false, false, .keep), (.whole, false, true, .keep),
        (.whole, true, false, .keep), (.whole, true, true, .keep),
        (.commitIncomplete, false, false, .cutTorn), (.commitIncomplete, false, true, .reportLost),
        (.commitIncomplete, true, false, .reportLost), (.commitIncomplete, true, true, .reportLost),
        (.zeros, false, false, .cleanEnd), (.zeros, false, true, .reportLost),
        (.zeros, true, false, .cleanEnd), (.zeros, true, true, .reportLost),
        (.damaged, false, false, .cutUndecidable), (.damaged, false, true, .reportLost),
        (.damaged, true, false, .reportLost), (.damaged, true, true, .reportLost),
    ]

    @Test func `every combination has one verdict`() {
        #expect(Self.rows.count == Finding.allCases.count * 4)
        for (finding, sealed, covered, verdict) in Self.rows {
            #expect(
                finding.verdict(sealed: sealed, covered: covered) == verdict,
                "\(finding), sealed \(sealed), covered \(covered)")
        }
    }

    @Test func `nothing that is sealed or covered is ever cut`() {
        for finding in Finding.allCases {
            for (sealed, covered) in [(true, false), (false, true), (true, true)] {
                let verdict = finding.verdict(sealed: sealed, covered: covered)
                #expect(verdict != .cutTorn && verdict != .cutUndecidable)
            }
        }
    }
}
