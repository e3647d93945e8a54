import Journal
import Platform

/// Brings a processor up from a snapshot and a journal: the same `apply`, without I/O decisions.
package struct ProcessorReplay<M: Machine> {
    package private(set) var processor: Processor<M>
    package private(set) var lastTime: Timestamp
    /// Records that did not fit after a reported loss.
    package private(set) var misfits: [RecordNumber] = []
    /// Whether records before the one in hand are known to be lost.
    package private(set) var lossSeen: Bool

    package init(_ machine: M, _ snapshot: Snapshot<M>, lossSeen: Bool) {
        processor = Processor(machine, snapshot)
        lastTime = snapshot.time
        self.lossSeen = lossSeen
    }

    /// Takes back what was received up to the snapshot, then replays what is behind it.
    package mutating func run(
        _ reader: JournalReader, publish: (DurableCommit<M>) -> Void
    ) throws(RecoverError) {
        let reached =
            DeliberateFault.replaySkipsOne.isOn ? processor.lastRecord.next : processor.lastRecord
        do throws(JournalError) {
            if reached > .none { try restoreRuns(reader) }
        } catch {
            throw .journal(error)
        }
        var cursor = reader.blocksInflatedAhead(from: reached.next)
        while let item = try next(&cursor) { try take(item, publish: publish) }
    }

    /// Replays what a cursor met, which must come in order.
    ///
    /// - Parameter last: records behind this one are passed over.
    package mutating func take(
        _ item: JournalItem, through last: RecordNumber = .last,
        publish: (DurableCommit<M>) -> Void
    ) throws(RecoverError) {
        switch item {
        case .block(let block): try replay(block, through: last, publish)
        case .lost: lossSeen = true
        case .uncovered: break
        }
    }

    private func next(_ cursor: inout BlockCursor) throws(RecoverError) -> JournalItem? {
        do throws(JournalError) {
            return try cursor.next()
        } catch {
            throw .journal(error)
        }
    }

    private mutating func restoreRuns(_ reader: JournalReader) throws(JournalError) {
        for summary in try reader.segments() where summary.segment <= processor.lastRecord {
            for location in try reader.runs(in: summary.segment).runs {
                processor.restore(location.run)
            }
        }
    }

    private mutating func replay(
        _ block: DecodedBlock, through last: RecordNumber,
        _ publish: (DurableCommit<M>) -> Void
    ) throws(RecoverError) {
        // A block may come again, when at first only a part of it was wanted.
        let reached = processor.lastRecord
        var content = CommitContent<M>()
        var runs: [RunLocation] = []
        for record in block.records where record.number > reached && record.number <= last {
            do throws(Misfit) {
                try processor.replay(record, &content)
            } catch {
                guard lossSeen else { throw .misfit(record.number, reason: error.reason) }
                misfits.append(record.number)
                continue
            }
            guard record.kind.rawValue > ProcessorRecordKind.all.upperBound else { continue }
            if let run = processor.machine.run(of: record) {
                runs.append(RunLocation(run: run, block: block.location))
            }
        }
        if block.firstRecord <= last { note(block.time, content) }
        guard block.lastRecord > reached, block.firstRecord <= last, !block.isMark else { return }
        publish(
            DurableCommit(
                first: max(block.firstRecord, reached.next), last: min(block.lastRecord, last),
                time: block.time, events: content.events, processor: content.processor,
                runs: runs))
    }

    /// Time goes on from the latest commit, or from where an operator put it back to.
    private mutating func note(_ time: Timestamp, _ content: CommitContent<M>) {
        let accepted = content.processor.compactMap { event -> Timestamp? in
            if case .clockReset(let time) = event { return time }
            return nil
        }
        if DeliberateFault.forgetAcceptedClock.isOn { return lastTime = max(lastTime, time) }
        lastTime = accepted.last ?? max(lastTime, time)
    }
}
