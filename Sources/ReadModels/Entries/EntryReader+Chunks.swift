import Coordinator

// Reads of whole streams, in the pieces in which the journal holds them.
extension EntryReader {
    /// Hands `body` what the journal has of a stream, ascending by index, until it returns false.
    func visitChunks(
        of stream: StreamID, _ body: (EntryChunk) -> Bool
    ) throws(ReadError) {
        try visitRuns(of: stream) { run, recent, step throws(ReadError) in
            step.next = max(step.next, run.first)
            while step.next < run.end {
                guard let chunk = try chunk(in: run, recent, &step) else {
                    return step.moved != nil
                }
                precondition(
                    chunk.first == step.next, "only entries that were new are in a chunk")
                guard body(chunk) else { return false }
                step.next = chunk.end
            }
            return true
        }
    }

    /// How many entries below `end` the journal has of a stream; costs the footers of the segments
    /// that hold them.
    func count(of stream: StreamID, before end: UInt64) throws(ReadError) -> UInt64 {
        var count: UInt64 = 0
        try visitRuns(of: stream) { run, _, step throws(ReadError) in
            guard run.first < end else { return false }
            let first = max(run.first, step.next)
            count += max(min(run.end, end), first) - first
            step.next = max(step.next, run.end)
            return true
        }
        return count
    }

    /// Hands `body` the places of a stream's entries, ascending, until it returns false; `body`
    /// moves the step on.
    private func visitRuns(
        of stream: StreamID,
        _ body: (LocatedRun, [EntryChunk], inout Step) throws(ReadError) -> Bool
    ) throws(ReadError) {
        var step = Step(
            stream: stream, next: 0, limits: ReadLimits(nonContiguous: true), source: .storage)
        var moves = 0
        while true {
            let plan = locations.plan(
                of: stream.record.rawValue, from: step.next, limit: Self.stepLimit)
            let runs = try locate(plan, &step)
            if step.moved == nil {
                guard !runs.isEmpty else { return }
                for run in runs where step.moved == nil {
                    guard try body(run, plan.recent, &step) else { return }
                }
            }
            try lookAgain(&step, &moves)
        }
    }
}
