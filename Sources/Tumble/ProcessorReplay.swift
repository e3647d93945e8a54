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
    private let cold: ColdOptions<M>?
    private var sweptAt: RecordNumber

    /// Records between two looks for what may leave memory.
    private static var sweepInterval: UInt64 { 2000 }

    /// - Parameter cold: where that is which the snapshot leaves out; nil if it holds all.
    package init(
        _ machine: M, _ snapshot: Snapshot<M>, cold: ColdOptions<M>? = nil, lossSeen: Bool
    ) {
        self.cold = cold
        sweptAt = snapshot.reached
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
        while let item = try next(&cursor) {
            try take(item, publish: publish)
            sweep()
        }
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
            guard try replay(record, &content) else { continue }
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

    /// False for a record that does not fit behind a loss: it is passed over.
    private mutating func replay(
        _ record: Record, _ content: inout CommitContent<M>
    ) throws(RecoverError) -> Bool {
        var missing: [M.Subject] = []
        repeat {
            try fetch(missing)
            do throws(Misfit) {
                missing = try processor.replay(record, &content)
            } catch {
                guard lossSeen else { throw .misfit(record.number, reason: error.reason) }
                misfits.append(record.number)
                return false
            }
        } while !missing.isEmpty
        return true
    }

    /// Brings to memory what a record changes.
    private mutating func fetch(_ subjects: [M.Subject]) throws(RecoverError) {
        for subject in subjects {
            do throws(ColdError) {
                let family = try cold?.store.family(of: subject)
                processor.take([(subject, family)])
            } catch {
                throw .cold(error)
            }
        }
    }

    /// Lets go what is finished, so that a long journal needs no more memory than a short one.
    private mutating func sweep() {
        guard let cold, processor.lastRecord.rawValue - sweptAt.rawValue >= Self.sweepInterval
        else { return }
        sweptAt = processor.lastRecord
        _ = processor.evict(
            Sweep(
                now: lastTime, applied: processor.lastRecord, kept: cold.store.kept,
                grace: cold.grace))
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
