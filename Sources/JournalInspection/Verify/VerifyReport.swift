import Journal

/// What a verification found, segments in order.
package struct VerifyReport: Sendable {
    package private(set) var segments = 0
    package private(set) var blocks = 0
    package private(set) var commits = 0
    package private(set) var records = 0
    package private(set) var storedBytes = 0
    package private(set) var lastRecord = RecordNumber.none
    /// Records that were durable and cannot be read.
    package private(set) var losses: [RecoveryReport.Loss] = []
    /// Those that a repair has named: nothing new.
    package private(set) var mended: [RecoveryReport.Loss] = []
    /// What else is not as it was written.
    package private(set) var findings: [SegmentAudit.Finding] = []
    package private(set) var findingCount = 0
    /// What stands at the end and is covered by nothing.
    package private(set) var uncovered: Damage?
    /// Whether a server was writing: then what is uncovered is in flight.
    package let isLive: Bool

    package var isSound: Bool { losses.isEmpty && findingCount == 0 }

    init(_ audits: [SegmentAudit], isLive: Bool) {
        self.isLive = isLive
        var before: SegmentAudit?
        for audit in audits {
            add(audit)
            check(audit, after: before)
            before = audit
        }
    }

    private mutating func add(_ audit: SegmentAudit) {
        segments += 1
        blocks += audit.blocks
        commits += audit.commits
        records += audit.records
        storedBytes += audit.storedBytes
        losses += audit.losses
        mended += audit.mended
        findings += audit.findings.prefix(
            max(0, SegmentAudit.findingLimit - findings.count))
        findingCount += audit.findingCount
        uncovered = audit.uncovered ?? uncovered
    }

    /// A segment goes on where the one before it ended: in its numbers and in its chain.
    private mutating func check(_ audit: SegmentAudit, after before: SegmentAudit?) {
        let segment = audit.summary.segment
        let expected = lastRecord.next
        lastRecord = max(lastRecord, audit.lastRecord)
        if segment > expected {
            losses.append(
                RecoveryReport.Loss(
                    damage: Damage(
                        segment: expected, offset: 0, cause: .missing, record: expected),
                    first: expected, last: RecordNumber(rawValue: segment.rawValue - 1)))
            return
        }
        if segment < expected {
            note(segment, "it begins before record \(expected), where it should")
        }
        // A chain value that cannot be read says nothing about the next one.
        guard let before, let chainEnd = before.chainEnd, audit.chainEnd != nil,
            before.losses.isEmpty
        else { return }
        if audit.summary.chainBefore != chainEnd {
            note(segment, "its chain does not go on where segment \(before.summary.segment) ends")
        }
    }

    private mutating func note(_ segment: RecordNumber, _ what: String) {
        findingCount += 1
        findings.append(SegmentAudit.Finding(segment: segment, offset: nil, what: what))
    }

    /// What was found, and the verdict last.
    package var lines: [OutputLine] {
        var lines = (mended + losses).map(LossLine.line)
        for finding in findings {
            lines.append(
                OutputLine(
                    "problem",
                    [
                        OutputField("what", finding.what),
                        OutputField("segment", finding.segment.rawValue),
                        OutputField(
                            "offset", finding.offset.map { .number(UInt64($0)) } ?? .none),
                    ]))
        }
        if let uncovered { lines.append(EndLine.line(uncovered, isLive: isLive)) }
        lines.append(
            OutputLine(
                "verdict",
                [
                    OutputField("verdict", isSound ? "sound" : "damaged"),
                    OutputField("segments", segments), OutputField("blocks", blocks),
                    OutputField("commits", commits), OutputField("records", records),
                    OutputField("lastRecord", lastRecord.rawValue),
                    OutputField("storedBytes", storedBytes),
                    OutputField("lostRecords", Self.count(losses)),
                    OutputField("mendedRecords", Self.count(mended)),
                    OutputField("problems", findingCount),
                    OutputField("live", isLive),
                ]))
        return lines
    }

    private static func count(_ losses: [RecoveryReport.Loss]) -> UInt64 {
        losses.compactMap(\.records).reduce(UInt64(0)) {
            $0 + ($1.upperBound.rawValue - $1.lowerBound.rawValue + 1)
        }
    }
}
