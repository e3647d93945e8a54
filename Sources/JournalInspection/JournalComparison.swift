import Coordinator
import Journal

/// Finds the first record at which two journals part.
///
/// What one of them left out by rewriting, or lost, is passed over and counted; so are index
/// records, which speak of places. One segment of each is in memory at a time.
package struct JournalComparison {
    package enum Verdict: String, Sendable {
        case same
        /// The first journal holds all of the second and goes on.
        case secondEnds = "second ends"
        case firstEnds = "first ends"
        case different
    }

    private let machine = CoordinatorMachine()
    private var left: RecordStream
    private var right: RecordStream
    private var compared = 0
    private var onlyLeft = 0
    private var onlyRight = 0
    private var commonThrough = RecordNumber.none

    package init(
        _ first: InspectedJournal, _ second: InspectedJournal
    ) throws(JournalError) {
        left = try RecordStream(first)
        right = try RecordStream(second)
    }

    /// Whether records of either are lost.
    package var hasLosses: Bool { left.lostRecords > 0 || right.lostRecords > 0 }

    /// Hands over the first difference, if there is one, then the verdict.
    package mutating func run(
        _ print: (OutputLine) -> Void
    ) throws(JournalError) -> Verdict {
        let verdict = try compare(print)
        print(
            OutputLine(
                "verdict",
                [
                    OutputField("verdict", verdict.rawValue),
                    OutputField("commonThrough", commonThrough.rawValue),
                    OutputField("compared", compared),
                    OutputField("onlyInFirst", onlyLeft), OutputField("onlyInSecond", onlyRight),
                    OutputField("lostInFirst", left.lostRecords),
                    OutputField("lostInSecond", right.lostRecords),
                ]))
        return verdict
    }

    private mutating func compare(
        _ print: (OutputLine) -> Void
    ) throws(JournalError) -> Verdict {
        var first = try left.next()
        var second = try right.next()
        while let one = first, let other = second {
            if one.record.number < other.record.number {
                onlyLeft += 1
                first = try left.next()
                continue
            }
            if one.record.number > other.record.number {
                onlyRight += 1
                second = try right.next()
                continue
            }
            compared += 1
            if let what = difference(one, other) {
                print(line(what, one, other))
                return .different
            }
            commonThrough = one.record.number
            first = try left.next()
            second = try right.next()
        }
        switch (first, second) {
        case (nil, nil): return .same
        case (_?, _): return .secondEnds
        case (nil, _?): return .firstEnds
        }
    }

    /// What differs; nil if it is the same record.
    private func difference(
        _ one: RecordStream.Element, _ other: RecordStream.Element
    ) -> String? {
        if one.record.kind != other.record.kind {
            return saysTheSame(one.record, other.record) ? nil : "kind"
        }
        if one.record.kind == .index { return nil }
        if one.record.version != other.record.version { return "version" }
        if one.record.payload != other.record.payload { return "payload" }
        // A rewriting puts commits together.
        let isRewritten = one.block.location.generation + other.block.location.generation > 0
        return isRewritten || one.block.time == other.block.time ? nil : "time"
    }

    /// A rewriting restates kept bundles, without the secret in them.
    private func saysTheSame(_ one: Record, _ other: Record) -> Bool {
        let first = machine.restated(one) ?? one
        let second = machine.restated(other) ?? other
        return first.kind == second.kind && first.version == second.version
            && first.payload == second.payload
    }

    private func line(
        _ what: String, _ one: RecordStream.Element, _ other: RecordStream.Element
    ) -> OutputLine {
        OutputLine(
            "difference",
            [
                OutputField("record", one.record.number.rawValue), OutputField("what", what),
                OutputField("first", .object(description(one))),
                OutputField("second", .object(description(other))),
            ])
    }

    private func description(_ element: RecordStream.Element) -> [OutputField] {
        let content = RecordContent(element.record, machine)
        return [
            OutputField("kind", element.record.kind.name),
            OutputField("time", element.block.time),
            OutputField("event", .object(content.fields(showsEntries: false))),
        ]
    }
}
