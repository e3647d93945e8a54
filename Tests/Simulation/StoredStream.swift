import Coordinator
import Journal
import ReadModels

/// Everything that a reader gets of a stream, and what it is told that it does not get.
struct StoredStream {
    private(set) var entries: [UInt64: [UInt8]] = [:]
    private(set) var losses: [DataLoss] = []

    init(_ stream: StreamID, _ engine: SimulatedEngine) {
        var next: UInt64 = 0
        do throws(JournalError) {
            try engine.locateAgain(stream)
        } catch {
            preconditionFailure("a simulated disk reads what there is: \(error)")
        }
        while true {
            do throws(ReadError) {
                let page = try engine.entries.entries(
                    of: stream, from: Int64(clamping: next),
                    limits: ReadLimits(logCount: 7, nonContiguous: true))
                guard let last = page.entries.last else { return }
                for entry in page.entries { entries[entry.index] = Array(entry.bytes) }
                next = last.index + 1
            } catch {
                guard case .dataLoss(let loss) = error else {
                    preconditionFailure("a simulated disk reads what there is: \(error)")
                }
                losses.append(loss)
                next = max(next, loss.entries.upperBound) + 1
            }
        }
    }
}
