import Foundation
import Journal
import JournalInspection
import Platform
import TestSupport
import Testing

@testable import JournalRepair

/// A damaged journal is mended: what is whole stays, what is lost is named, originals are kept.
@Suite struct RepairTests {
    private static func repairer(_ path: String) throws -> JournalRepairer {
        JournalRepairer(try InspectedJournal(data: path), clock: ManualClock())
    }

    private static func records(_ path: String) throws -> Set<UInt64> {
        var records: Set<UInt64> = []
        var cursor = try InspectedJournal(data: path).reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            records.formUnion(
                block.records.filter { $0.kind != .index }.map(\.number.rawValue))
        }
        return records
    }

    private static func report(_ path: String) throws -> VerifyReport {
        try JournalVerify(InspectedJournal(data: path)).run()
    }

    @Test func `a sound journal needs no repair and is left as it is`() throws {
        let directory = try FixtureDirectory()
        #expect(try Self.repairer(directory.fixture).plan() == .init())
        let before = try directory.bytes(of: 0)
        #expect(try Self.repairer(directory.fixture).repair().mendings.isEmpty)
        #expect(try directory.bytes(of: 0) == before)
    }

    @Test
    func `whatever byte of the sealed segment is damaged, the rest is kept and the loss named`()
        throws
    {
        let whole = try FixtureDirectory()
        let all = try Self.records(whole.fixture)
        let size = try whole.bytes(of: 0).count
        for offset in stride(from: 0, to: size, by: 331) {
            let directory = try FixtureDirectory()
            try directory.flip(in: 0, at: offset)
            let damaged = try directory.bytes(of: 0)
            let readable = try Self.records(directory.fixture)
            let planned = try Self.repairer(directory.fixture).plan()
            #expect(planned.needsRepair, "byte \(offset)")
            #expect(try directory.bytes(of: 0) == damaged, "a plan changes nothing")
            let outcome = try Self.repairer(directory.fixture).repair()
            #expect(outcome.mendings == planned.mendings, "byte \(offset)")
            let report = try Self.report(directory.fixture)
            #expect(report.isSound, "byte \(offset): \(report.lines.map { $0.text(as: .text) })")
            let kept = try Self.records(directory.fixture)
            #expect(kept.isSuperset(of: readable), "byte \(offset)")
            let named = Set(
                outcome.mendings.flatMap(\.lost).flatMap { range in
                    range.lowerBound.rawValue...range.upperBound.rawValue
                })
            #expect(named.isSuperset(of: all.subtracting(kept)), "byte \(offset): \(named)")
            #expect(named.isDisjoint(with: kept), "byte \(offset): \(named)")
            #expect(try directory.aside().contains(damaged), "byte \(offset)")
            #expect(try Self.repairer(directory.fixture).plan().mendings.isEmpty)
        }
    }

    @Test func `records behind a damaged segment header are kept`() throws {
        let directory = try FixtureDirectory()
        let all = try Self.records(directory.fixture)
        try directory.flip(in: 0, at: 20)
        #expect(try Self.records(directory.fixture).count < all.count)
        let outcome = try Self.repairer(directory.fixture).repair()
        #expect(outcome.mendings.map(\.need) == [.header])
        #expect(try Self.records(directory.fixture) == all)
    }

    @Test func `a missing segment is named, and numbers go on behind it`() throws {
        let directory = try FixtureDirectory()
        let last = try Self.report(directory.fixture).lastRecord
        try directory.remove(0)
        let outcome = try Self.repairer(directory.fixture).repair()
        #expect(outcome.mendings.map(\.need) == [.missing])
        let report = try Self.report(directory.fixture)
        #expect(report.isSound && report.lastRecord == last)
        #expect(report.mended.compactMap(\.records) == outcome.mendings.flatMap(\.lost))
    }

    @Test func `a repair is refused while somebody writes`() throws {
        let directory = try FixtureDirectory()
        let journal = try InspectedJournal(data: directory.fixture)
        let lock = try journal.directory.lock(holder: "a server")
        defer { lock.release() }
        try directory.flip(in: 0, at: 200)
        #expect(throws: JournalError.locked(holder: "a server")) {
            try Self.repairer(directory.fixture).repair()
        }
        #expect(try Self.repairer(directory.fixture).plan().needsRepair)
    }
}
