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
struct EntryReader: Sendable {
    /// Locations that one step of a read looks at.
    private static let stepLimit = 64

    let locations: EntryLocations
    let blocks: EntryBlocks
    let footers: SegmentFooters

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
        while !step.isDone {
            let plan = locations.plan(
                of: stream.record.rawValue, from: step.next, limit: Self.stepLimit)
            do throws(ReadError) {
                let runs = try locate(plan, &step)
                guard !runs.isEmpty, !step.isDone else { break }
                for run in runs where !step.isDone { try take(run, plan.recent, &step) }
            } catch {
                guard step.outcome.page.entries.isEmpty else { break }
                throw error
            }
        }
        return step.outcome
    }

    /// The state of a read in progress.
    private struct Step {
        let stream: StreamID
        /// The lowest index that may come next.
        var next: UInt64
        let limits: ReadLimits
        let source: EntrySource
        var isDone = false
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
    private func locate(
        _ plan: LocatedPlan, _ step: inout Step
    ) throws(ReadError) -> [LocatedRun] {
        var runs = plan.open
        for span in plan.sealed {
            if runs.count >= Self.stepLimit, runs[Self.stepLimit - 1].first < span.lowest { break }
            let stream = step.stream.record.rawValue
            let footer: SegmentFooter
            switch step.source {
            case .storage: footer = try footers.load(span.segment)
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
            do throws(ByteError) {
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
    private func chunk(
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
            chunks = try load(run, of: step.stream)
        }
        guard let chunk = chunks.chunk(of: stream, holding: step.next) else {
            throw .dataLoss(lost(run, of: step.stream, "entry \(step.next) is not in its block"))
        }
        return chunk
    }

    private func load(
        _ run: LocatedRun, of stream: StreamID
    ) throws(ReadError) -> [EntryChunk] {
        do throws(EntryBlockError) {
            return try blocks.load(run.block)
        } catch {
            switch error {
            case .journal(.damaged(let damage)):
                throw .dataLoss(lost(run, of: stream, "\(damage)"))
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
