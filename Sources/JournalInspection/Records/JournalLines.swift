import Journal

// Lines about what is not a record.

/// Records that were durable and are lost.
package enum LossLine {
    package static func line(_ loss: RecoveryReport.Loss) -> OutputLine {
        OutputLine(
            "lost",
            [
                OutputField("first", loss.records.map { .number($0.lowerBound.rawValue) } ?? .none),
                OutputField("last", loss.records.map { .number($0.upperBound.rawValue) } ?? .none),
                OutputField("why", loss.damage.cause.rawValue),
                OutputField("segment", loss.damage.segment.rawValue),
                OutputField("offset", loss.damage.offset),
            ])
    }
}

/// What stands behind the last record that is known to be durable.
package enum EndLine {
    package static func line(_ damage: Damage, isLive: Bool) -> OutputLine {
        OutputLine(
            "end",
            [
                OutputField("state", isLive ? "in flight" : "uncovered"),
                OutputField("next", damage.record.map { .number($0.rawValue) } ?? .none),
                OutputField("segment", damage.segment.rawValue),
                OutputField("offset", damage.offset),
            ])
    }

    /// Beside a writer, a commit that no stamp covers yet.
    static func inFlight(_ block: DecodedBlock) -> OutputLine {
        OutputLine(
            "end",
            [
                OutputField("state", "in flight"),
                OutputField("next", block.firstRecord.rawValue),
                OutputField("segment", block.location.segment.rawValue),
                OutputField("offset", UInt64(block.location.offset)),
            ])
    }
}

/// Tells of the record ranges that rewriting left out, each in its place.
struct LeftOutLines {
    private var segment: RecordNumber?
    private var rest: ArraySlice<ClosedRange<UInt64>> = []

    /// Takes the ranges of a segment when reading comes to it, without those before `first`, and
    /// prints what is left of the segment before.
    mutating func enter(
        _ summary: SegmentSummary, from first: RecordNumber, _ print: (OutputLine) -> Void
    ) {
        guard summary.segment != segment else { return }
        pass(.last, print)
        segment = summary.segment
        rest = summary.omission.intended.drop { $0.upperBound < first.rawValue }[...]
    }

    /// Prints those that come before `record`.
    mutating func pass(_ record: RecordNumber, _ print: (OutputLine) -> Void) {
        while let range = rest.first, range.lowerBound < record.rawValue {
            rest = rest.dropFirst()
            print(
                OutputLine(
                    "leftOut",
                    [
                        OutputField("first", range.lowerBound),
                        OutputField("last", range.upperBound),
                    ]))
        }
    }
}
