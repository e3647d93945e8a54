import Journal
import TestSupport

// What happens to files while nobody has them open.
extension Simulation {
    /// Damages copies of the journal at rest, each in another way.
    mutating func damageCopies() throws {
        // Of a copy, since this disk may be about to lose power.
        let facts = try JournalFacts(SimulatedEngine.reader(disk.copy()))
        for damage in RestDamage.allCases {
            let copy = disk.afterCrash(seed: numbers.next())
            let before = copy.copy()
            guard let what = damage.strike(copy, &numbers) else { continue }
            let contents =
                numbers.next() % 3 == 0 ? try SimulatedCatalog().contents : catalog.contents
            summary.damages += 1
            let judge = DamageJudge(
                clock: clock, model: model, facts: facts,
                firstUndecidable: try firstUndecidable(before, copy))
            do {
                if let problem = try judge.judge(copy, contents) {
                    throw failure("\(what): \(problem)")
                }
            } catch let failure as SimulationFailure {
                throw failure
            } catch {
                throw failure("\(what): it refuses to start: \(error)")
            }
        }
    }

    /// The record from which on nothing may tell what is lost: of the last acknowledged commit, or
    /// of an earlier one where damage reaches from that to the end.
    private func firstUndecidable(
        _ before: SimulatedDisk, _ after: SimulatedDisk
    ) throws -> RecordNumber {
        var first = images.lastCommit
        var commit = RecordNumber.first
        var isWholeBehind = false
        var cursor = SimulatedEngine.reader(before).blocks(from: .first)
        var blocks: [(first: RecordNumber, isWhole: Bool)] = []
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            let path = SimulatedEngine.path(of: block.location.segment)
            let start = Int(block.location.offset)
            let range = start..<start + block.storedBytes
            let was = before.files[path]?[range]
            let now = after.files[path].flatMap { $0.count >= range.upperBound ? $0[range] : nil }
            blocks.append((commit, was == now))
            if block.endsCommit { commit = block.lastRecord.next }
        }
        for block in blocks.reversed() where !isWholeBehind {
            isWholeBehind = block.isWhole
            if !block.isWhole { first = min(first, block.first) }
        }
        return first
    }
}
