import Journal
import Platform

/// Brings a processor up from a snapshot and a journal: the same `apply`, without I/O decisions.
package struct ProcessorReplay<M: Machine> {
    package private(set) var processor: Processor<M>
    package private(set) var lastTime: Timestamp
    /// Records that did not fit after a reported loss.
    private(set) var misfits: [RecordNumber] = []
    private var lossSeen: Bool

    package init(_ machine: M, _ snapshot: Snapshot<M>, lossSeen: Bool) {
        processor = Processor(machine, snapshot)
        lastTime = snapshot.time
        self.lossSeen = lossSeen
    }

    /// Takes back what was received up to the snapshot, then replays what is behind it.
    package mutating func run(
        _ reader: JournalReader, publish: (DurableCommit<M>) -> Void
    ) throws(RecoverError) {
        let reached = processor.lastRecord
        do throws(JournalError) {
            if reached > .none { try restoreRuns(reader) }
        } catch {
            throw .journal(error)
        }
        var cursor = reader.blocks(from: reached.next)
        while let item = try next(&cursor) {
            switch item {
            case .block(let block): try replay(block, after: reached, publish)
            case .lost: lossSeen = true
            case .uncovered: break
            }
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
        _ block: DecodedBlock, after reached: RecordNumber, _ publish: (DurableCommit<M>) -> Void
    ) throws(RecoverError) {
        var content = CommitContent<M>()
        var runs: [RunLocation] = []
        for record in block.records where record.number > reached {
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
        lastTime = max(lastTime, block.time)
        guard block.lastRecord > reached, !block.isMark else { return }
        publish(
            DurableCommit(
                first: max(block.firstRecord, reached.next), last: block.lastRecord,
                time: block.time, events: content.events, processor: content.processor,
                runs: runs))
    }
}
