import ByteCoding
import Coordinator
import Journal

/// Where a read may look.
enum EntrySource {
    /// In memory only; what is not there ends the read.
    case memory
    /// On disk too, which may block the calling thread.
    case storage
}

/// Reads entries of a stream in index order, wherever they are (`spec/rpc.md` §3.3).
package struct EntryReader: Sendable {
    /// Locations that one step of a read looks at.
    static let stepLimit = 64
    /// How often in a row a segment may turn out to have been rewritten meanwhile.
    private static let moveLimit = 8

    let locations: EntryLocations
    let blocks: EntryBlocks
    let footers: SegmentFooters
    /// Streams whose entries left the journal for reasons that it does not hold: it was restored to
    /// an earlier end.
    var removed: Set<UInt64> = []

    /// What a read came to: `missed` says that it ended where memory did.
    struct Outcome: Sendable {
        var page = EntryPage()
        var missed = false
    }

    /// Reads from `index` on, until a limit, a hole (in a contiguous read) or the end.
    ///
    /// A negative index finds nothing in a contiguous read and means 0 in another one. What
    /// cannot be read ends the page before it; it is reported if the page would begin with it.
    func read(
        _ stream: StreamID, from index: Int64, limits: ReadLimits, source: EntrySource
    ) throws(ReadError) -> Outcome {
        guard limits.count != 0, index >= 0 || limits.nonContiguous else { return Outcome() }
        var step = Step(
            stream: stream, next: UInt64(clamping: index), limits: limits, source: source)
        var moves = 0
        while !step.isDone {
            let plan = locations.plan(
                of: stream.record.rawValue, from: step.next, limit: Self.stepLimit)
            do throws(ReadError) {
                let runs = try locate(plan, &step)
                if step.moved == nil {
                    guard !runs.isEmpty, !step.isDone else { break }
                    for run in runs where !step.isDone && step.moved == nil {
                        try take(run, plan.recent, &step)
                    }
                }
                try lookAgain(&step, &moves)
            } catch {
                guard step.outcome.page.entries.isEmpty else { break }
                throw error
            }
        }
        if removed.contains(stream.record.rawValue) { try checkRemoved(step.outcome, step) }
        return step.outcome
    }

    /// Has a rewritten segment looked for anew, by what is known of it now.
    ///
    /// - Parameter moves: how often in a row this was so.
    func lookAgain(_ step: inout Step, _ moves: inout Int) throws(ReadError) {
        guard let moved = step.moved else {
            moves = 0
            return
        }
        moves += 1
        guard moves <= Self.moveLimit else {
            throw .journal(reason: "segment \(moved) is not where it should be")
        }
        footers.forget([moved])
        step.moved = nil
    }

    /// Whether nothing is there is not known of a stream that has lost entries.
    private func checkRemoved(_ outcome: Outcome, _ step: Step) throws(ReadError) {
        guard outcome.page.entries.isEmpty, !outcome.missed else { return }
        throw .dataLoss(
            DataLoss(
                stream: step.stream, entries: step.next...step.next,
                block: BlockLocation(segment: .none, generation: 0, offset: 0),
                reason: "entries were removed because of an archival that is not in this journal"))
    }

    /// The state of a read in progress.
    struct Step {
        let stream: StreamID
        /// The lowest index that may come next.
        var next: UInt64
        let limits: ReadLimits
        let source: EntrySource
        var isDone = false
        /// A segment that has been rewritten since its place was looked up.
        var moved: RecordNumber?
        var outcome = Outcome()

        mutating func endAtMemory() {
            isDone = true
            outcome.missed = true
        }

        /// Takes `entry` if the budgets allow; false when they do not, or are used up by it.
        mutating func take(_ entry: StoredEntry) -> Bool {
            let left = limits.bytes - outcome.page.byteCount
            guard outcome.page.entries.isEmpty || entry.bytes.count <= left else {
                isDone = true
                return false
            }
            outcome.page.append(entry)
            next = entry.index.addingSaturated(1)
            isDone = outcome.page.entries.count == limits.count || next == .max
            return !isDone
        }
    }
}

// Finding.
extension EntryReader {
    /// The runs that come next, from the open segment and from footers, ascending by index.
    func locate(
        _ plan: LocatedPlan, _ step: inout Step
    ) throws(ReadError) -> [LocatedRun] {
        var runs = plan.open
        for span in plan.sealed {
            if runs.count >= Self.stepLimit, runs[Self.stepLimit - 1].first < span.lowest { break }
            let stream = step.stream.record.rawValue
            let footer: SegmentFooter
            switch step.source {
            case .storage:
                do throws(JournalError) {
                    footer = try footers.load(span.segment)
                } catch {
                    guard case .gone = error else { throw .journal(reason: "\(error)") }
                    step.moved = span.segment
                    return []
                }
            case .memory:
                guard let cached = footers.cached(span.segment) else {
                    step.endAtMemory()
                    return []
                }
                footer = cached
            }
            runs += footer.runs(of: stream, from: step.next, limit: Self.stepLimit)
            runs.sort { $0.first < $1.first }
        }
        return Array(runs.prefix(Self.stepLimit))
    }
}

// Taking.
extension EntryReader {
    private func take(
        _ run: LocatedRun, _ recent: [EntryChunk], _ step: inout Step
    ) throws(ReadError) {
        guard run.first <= step.next || step.limits.nonContiguous else {
            step.isDone = true
            return
        }
        step.next = max(step.next, run.first)
        while step.next < run.end, !step.isDone {
            guard let chunk = try chunk(in: run, recent, &step) else { return }
            do throws(ChunkError) {
                let before = step.next
                try chunk.visit(from: before) { step.take($0) }
                precondition(
                    step.isDone || step.next > before, "a chunk holds what it was found by")
            } catch {
                throw .dataLoss(lost(run, of: step.stream, "the record is ill-formed: \(error)"))
            }
        }
    }

    /// The chunk that holds `step.next`; nil, ending the read, if it is not in memory.
    func chunk(
        in run: LocatedRun, _ recent: [EntryChunk], _ step: inout Step
    ) throws(ReadError) -> EntryChunk? {
        let stream = step.stream.record.rawValue
        if let chunk = recent.chunk(of: stream, holding: step.next) { return chunk }
        let chunks: [EntryChunk]
        if let cached = blocks.cached(run.block) {
            chunks = cached
        } else {
            guard step.source == .storage else {
                step.endAtMemory()
                return nil
            }
            guard let loaded = try load(run, &step) else { return nil }
            chunks = loaded
        }
        guard let chunk = chunks.chunk(of: stream, holding: step.next) else {
            throw .dataLoss(lost(run, of: step.stream, "entry \(step.next) is not in its block"))
        }
        return chunk
    }

    /// Nil, saying so, if the run's segment has been rewritten.
    private func load(
        _ run: LocatedRun, _ step: inout Step
    ) throws(ReadError) -> [EntryChunk]? {
        let stream = step.stream
        do throws(EntryBlockError) {
            return try blocks.load(run.block)
        } catch {
            switch error {
            case .journal(.damaged(let damage)):
                throw .dataLoss(lost(run, of: stream, "\(damage)"))
            case .journal(.gone):
                step.moved = run.block.segment
                return nil
            case .journal(let error): throw .journal(reason: "\(error)")
            case .illFormed(let reason): throw .dataLoss(lost(run, of: stream, reason))
            }
        }
    }

    private func lost(_ run: LocatedRun, of stream: StreamID, _ reason: String) -> DataLoss {
        DataLoss(
            stream: stream, entries: run.first...max(run.first, run.end - 1), block: run.block,
            reason: reason)
    }
}

// For those that have no read model.
extension EntryReader {
    /// Reads what `hot` knows the places of.
    package init(
        _ hot: HotModel, reader: JournalReader, machine: CoordinatorMachine, options: StoreOptions,
        removed: Set<UInt64> = []
    ) {
        self.init(
            locations: hot.locations,
            blocks: EntryBlocks(
                reader: reader, machine: machine, capacity: options.blockCacheBytes),
            footers: SegmentFooters(reader: reader, capacity: options.footerCacheBytes),
            removed: removed)
    }

    /// Entries from `index` on (`spec/rpc.md` §3.3). Blocks the calling thread while it reads from
    /// disk.
    package func entries(
        of stream: StreamID, from index: Int64, limits: ReadLimits
    ) throws(ReadError) -> EntryPage {
        try read(stream, from: index, limits: limits, source: .storage).page
    }
}
