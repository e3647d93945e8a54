import Platform
import TestSupport
import Testing

@testable import Journal

/// Sealed segments read a piece at a time: what they hold, or where they stop being whole.
@Suite struct SegmentPiecesTests {
    /// The first segment of a journal with long and short records, kept and plain ones.
    private static func sealed() throws -> (JournalHarness, last: RecordNumber) {
        let harness = JournalHarness()
        let journal = try harness.open()
        while try harness.directory.segments().count < 2 {
            try journal.fill()
            let commit = journal.commits.count
            try journal.append(
                commit % 5 == 3 ? [700] : [30, 60, 90], form: commit % 4 == 3 ? .kept : .plain)
        }
        try journal.sink.close()
        let second = try #require(try harness.directory.segments().last)
        return (harness, RecordNumber(rawValue: second.rawValue - 1))
    }

    private static func pieces(
        of harness: JournalHarness, length: Int, ahead: Bool
    ) throws -> SegmentPieces? {
        let file = try harness.directory.open(.first)
        return try SegmentPieces(
            SegmentFile(file, segment: .first), pieceLength: length, inflatesAhead: ahead)
    }

    @Test(arguments: [64, 100, 300, 1000, 6144], [false, true])
    func `pieces of any length hold what the segment holds`(_ length: Int, _ ahead: Bool) throws {
        let (harness, last) = try Self.sealed()
        var pieces = try #require(try Self.pieces(of: harness, length: length, ahead: ahead))
        var reached = RecordNumber.none
        reading: while true {
            switch try pieces.next(from: .first, isUnderWay: false) {
            case .block(let block):
                #expect(block.firstRecord == reached.next || block.isMark)
                #expect(
                    block.records.allSatisfy { $0.kind == .index || JournalHarness.isRight($0) })
                reached = max(reached, block.lastRecord)
            case .end: break reading
            case .broken(let offset):
                Issue.record("broken at \(offset)")
                break reading
            }
        }
        #expect(reached == last)
    }

    @Test(arguments: [100, 6144], [false, true])
    func `they stop where a block begins that is not whole`(_ length: Int, _ ahead: Bool) throws {
        let (harness, _) = try Self.sealed()
        let blocks = try Self.blocks(of: harness)
        for (number, block) in blocks.enumerated() {
            let damaged = JournalHarness(harness.disk.copy())
            let offset = Int(block.offset) + (number % 2 == 0 ? 20 : BlockHeader.length + 1)
            damaged.disk.damage(damaged.directory.segmentPath(.first)) { $0[offset] ^= 4 }
            var pieces = try #require(try Self.pieces(of: damaged, length: length, ahead: ahead))
            var seen: [UInt32] = []
            var end: SegmentPieces.Step?
            while end == nil {
                let step = try pieces.next(from: .first, isUnderWay: false)
                if case .block(let block) = step {
                    seen.append(block.location.offset)
                } else {
                    end = step
                }
            }
            #expect(seen == blocks[..<number].map(\.offset), "block \(number)")
            guard case .broken(let place) = end else {
                Issue.record("block \(number): nothing was found")
                continue
            }
            #expect(place == Int(block.offset), "block \(number)")
        }
    }

    @Test func `a segment that is open, or has no header, is read otherwise`() throws {
        let (harness, _) = try Self.sealed()
        let open = try #require(try harness.directory.segments().last)
        let file = try SegmentFile(try harness.directory.open(open), segment: open)
        #expect(try SegmentPieces(file, pieceLength: 100, inflatesAhead: false) == nil)
        harness.disk.damage(harness.directory.segmentPath(.first)) { $0[9] ^= 1 }
        #expect(try Self.pieces(of: harness, length: 100, ahead: false) == nil)
    }

    /// Where the blocks of the first segment begin that no other block goes on from.
    private static func blocks(of harness: JournalHarness) throws -> [BlockLocation] {
        var cursor = BlockCursor(
            harness.directory, from: .first, tail: RecoveredTail(nil), inflatesAhead: false,
            pieceLength: nil)
        var blocks: [BlockLocation] = []
        while case .block(let block) = try cursor.next(), block.location.segment == .first {
            blocks.append(block.location)
        }
        return blocks
    }
}
