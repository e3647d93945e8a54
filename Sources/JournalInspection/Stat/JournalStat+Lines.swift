import Coordinator
import Journal

// The numbers as lines, in a fixed order.
extension JournalStat {
    /// Epochs that are printed; all are counted.
    private static let epochLimit = 20

    /// - Parameters:
    ///   - journal: asked for the names of the busiest streams.
    ///   - top: how many of them.
    package func lines(_ journal: InspectedJournal, top: Int) throws(JournalError) -> [OutputLine] {
        var lines = [total]
        lines += kindLines
        lines += blockSizes.steps.map { step in
            OutputLine(
                "blocks",
                [OutputField("inflatedUpTo", step.upTo), OutputField("blocks", step.count)])
        }
        lines += commitRecords.steps.map { step in
            OutputLine(
                "commits",
                [OutputField("recordsUpTo", step.upTo), OutputField("commits", step.count)])
        }
        lines += commitBytes.steps.map { step in
            OutputLine(
                "syncs", [OutputField("bytesUpTo", step.upTo), OutputField("commits", step.count)])
        }
        for stream in streams.top(top) { lines.append(try line(stream, journal)) }
        lines += epochs.suffix(Self.epochLimit).map(Self.line)
        return lines
    }

    private var total: OutputLine {
        OutputLine(
            "total",
            [
                OutputField("segments", segments), OutputField("sealed", sealedSegments),
                OutputField("rewritten", rewrittenSegments),
                OutputField("fileBytes", fileBytes), OutputField("commits", commits),
                OutputField("blocks", blocks), OutputField("marks", marks),
                OutputField("records", records), OutputField("lastRecord", lastRecord.rawValue),
                OutputField("leftOutRecords", leftOutRecords),
                OutputField("lostRecords", lostRecords), OutputField("entries", entries),
                OutputField("storedBytes", storedBytes),
                OutputField("inflatedBytes", inflatedBytes),
                OutputField("compressionRatio", Self.ratio(inflatedBytes, storedBytes)),
                OutputField("bytesPerEntry", Self.ratio(storedBytes, Int(clamping: entries))),
                OutputField("epochs", epochs.count),
                OutputField("from", firstTime.map { .text($0.description) } ?? .none),
                OutputField("to", lastTime.map { .text($0.description) } ?? .none),
            ])
    }

    private var kindLines: [OutputLine] {
        kinds.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, count in
            OutputLine(
                "kind",
                [
                    OutputField("kind", kind.name), OutputField("code", UInt64(kind.rawValue)),
                    OutputField("records", count.records),
                    OutputField("payloadBytes", count.payloadBytes),
                    OutputField("share", Self.ratio(count.payloadBytes, inflatedBytes)),
                ])
        }
    }

    private func line(
        _ busy: BusiestStreams.Stream, _ journal: InspectedJournal
    ) throws(JournalError) -> OutputLine {
        let names = try journal.stream(RecordNumber(rawValue: busy.stream))
        return OutputLine(
            "stream",
            [
                OutputField("stream", busy.stream),
                OutputField("project", names.map { .text($0.project) } ?? .none),
                OutputField("path", names.map { .text($0.path.text) } ?? .none),
                OutputField("entries", busy.entries), OutputField("bytes", busy.bytes),
                OutputField("uncertainty", streams.uncertainty),
            ])
    }

    private static func line(_ epoch: Epoch) -> OutputLine {
        OutputLine(
            "epoch",
            [
                OutputField("began", epoch.began), OutputField("ended", epoch.ended),
                OutputField("first", epoch.first.rawValue),
                OutputField("records", epoch.records), OutputField("commits", epoch.commits),
            ])
    }

    /// Two digits behind the point.
    private static func ratio(_ dividend: Int, _ divisor: Int) -> String {
        guard divisor > 0 else { return "0.00" }
        let hundredths = dividend * 100 / divisor
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension InspectedJournal {
    /// The registration of a stream; nil if it cannot be read. Costs the read of a segment.
    func stream(_ number: RecordNumber) throws(JournalError) -> StreamState? {
        let machine = CoordinatorMachine()
        var cursor = reader.blocks(from: number)
        guard case .block(let block) = try cursor.next(),
            let record = block.records.first(where: { $0.number == number }),
            case .event(.streamRegistered(let stream)) = RecordContent(record, machine)
        else { return nil }
        return stream
    }
}
