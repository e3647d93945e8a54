import Foundation
import Journal
import Platform
import Testing
import Tumble

@testable import Coordinator

/// The bytes of events: what was written stays readable, and what is written stays the same.
struct EventFormatTests {
    private let machine = CoordinatorMachine()

    @Test(arguments: GoldenHistory.allCases)
    func `a fixed history is written byte for byte as in the fixture`(
        _ golden: GoldenHistory
    ) throws {
        let expected = try String(contentsOf: golden.file, encoding: .utf8)
        #expect(golden.text(of: try golden.made()) == expected)
    }

    @Test(arguments: GoldenHistory.allCases)
    func `the fixture rebuilds the same state and digest`(_ golden: GoldenHistory) throws {
        let (records, digest) = try golden.read()
        var state = machine.initialState()
        for record in records {
            try machine.apply(machine.decode(record), numbered: record.number, to: &state)
            state.checkInvariants()
        }
        #expect(golden.digest(of: state) == digest)
        #expect(state == (try golden.made()).state)
    }

    @Test func `every kind of event is in the fixture`() throws {
        let kinds = Set(try GoldenHistory.allRecords().map(\.kind.rawValue))
        #expect(kinds.sorted() == Array(32...42) + [44, 45, 47, 48])
    }

    @Test func `the examples of the article are records of the fixture`() throws {
        let article = try String(
            contentsOf: GoldenHistory.directory
                .deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
                .appending(path: "Sources/Coordinator/Coordinator.docc/EventFormat.md"),
            encoding: .utf8)
        let digits = article.split(separator: "\n").filter { $0.hasPrefix("    ") }
            .map { $0.prefix { $0 != "|" }.filter(\.isHexDigit) }.joined()
        for record in try GoldenHistory.history.read().records
        where [4, 8].contains(record.number.rawValue) {
            #expect(digits.contains(GoldenHistory.hex(record.payload)), "\(record.number)")
        }
    }

    @Test func `runs read from a record are those of its event`() throws {
        for record in try GoldenHistory.allRecords() {
            #expect(machine.run(of: record) == machine.run(of: try machine.decode(record)))
        }
    }

    @Test func `a record cut anywhere is refused or holds less`() throws {
        for record in try GoldenHistory.allRecords() {
            for length in 0..<record.payload.count {
                let cut = changed(record) { $0.removeLast($0.count - length) }
                // Frames are not looked at here: a shorter list of them is told by its readers.
                guard record.kind != CoordinatorRecordKind.entriesAppended || length < 3 else {
                    continue
                }
                #expect(throws: Misfit.self, "\(record.kind) cut to \(length)") {
                    try machine.decode(cut)
                }
            }
        }
    }

    @Test func `a record with a flipped byte is decoded or refused, never trapped on`() throws {
        var refused = 0
        for record in try GoldenHistory.allRecords() {
            for place in 0..<record.payload.count {
                for mask in [0x01, 0x80, 0xff] as [UInt8] {
                    let flipped = changed(record) { $0[place] ^= mask }
                    var state = machine.initialState()
                    do throws(Misfit) {
                        let event = try machine.decode(flipped)
                        try machine.apply(event, numbered: record.number, to: &state)
                    } catch {
                        refused += 1
                    }
                }
            }
        }
        #expect(refused > 0)
    }

    @Test func `bytes behind the payload are refused`() throws {
        for record in try GoldenHistory.allRecords()
        where record.kind != CoordinatorRecordKind.entriesAppended {
            #expect(throws: Misfit.self) {
                try machine.decode(changed(record) { $0.append(0) })
            }
        }
    }

    @Test func `kinds, versions and reasons that are not known are refused`() throws {
        let tasked = try #require(try GoldenHistory.history.read().records.last)
        for (kind, version) in [(36, 2), (63, 1), (31, 1), (36, 0)] as [(UInt8, UInt8)] {
            let record = Record(
                number: tasked.number, kind: RecordKind(rawValue: kind), version: version,
                payload: tasked.payload)
            #expect(throws: Misfit.self) { try machine.decode(record) }
        }
        #expect(throws: Misfit.self) { try machine.decode(changed(tasked) { $0[1] = 9 }) }
    }

    @Test func `a scheduled mutation keeps its two bytes and its record number`() throws {
        let mutation = DispatchArchival(
            stream: StreamID(record: RecordNumber(rawValue: 300)), reason: .expired)
        var bytes: [UInt8] = []
        machine.encode(.dispatchArchival(mutation), into: &bytes)
        #expect(bytes == [0x01, 0x02, 0xac, 0x02])
        guard case .dispatchArchival(mutation) = try machine.decodeMutation(bytes[...]) else {
            Issue.record("another mutation")
            return
        }
        for damaged in [
            [], [1], [1, 2], [2, 2, 5], [1, 3, 5], [1, 2, 0xac], [9, 2, 5], [4, 2, 5, 1],
        ] as [[UInt8]] {
            #expect(throws: Misfit.self, "\(damaged)") { try machine.decodeMutation(damaged[...]) }
        }
    }

    private func changed(_ record: Record, _ change: (inout [UInt8]) -> Void) -> Record {
        var payload = Array(record.payload)
        change(&payload)
        return Record(
            number: record.number, kind: record.kind, version: record.version,
            payload: payload[...])
    }
}
