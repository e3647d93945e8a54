import ByteCoding
import Foundation
import Journal
import JournalInspection
import Platform
import TestSupport
import Testing

@testable import JournalRepair

/// Export and import: what comes back is what went out, and what is not whole is refused.
@Suite struct ImportTests {
    private static func export(_ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var export = JournalExport(try InspectedJournal(data: path))
        _ = try export.run { bytes += $0 }
        return bytes
    }

    private static func take(_ bytes: [UInt8], into path: String, piece: Int = 700) throws {
        var rest = bytes[...]
        _ = try JournalImport(into: path, files: SystemFileSystem(), clock: ManualClock()).run {
            defer { rest = rest.dropFirst(piece) }
            return Data(rest.prefix(piece))
        }
    }

    @Test func `an export comes back equal, record by record and byte by byte`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        try Self.take(bytes, into: directory.fresh)
        #expect(try Self.export(directory.fresh) == bytes)
        let report = try JournalVerify(InspectedJournal(data: directory.fresh)).run()
        #expect(report.isSound && report.uncovered == nil, "\(report)")
    }

    @Test func `an export that is cut anywhere makes no journal`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        for length in stride(from: 0, to: bytes.count - 1, by: 997) {
            #expect(throws: ImportError.self, "cut at \(length)") {
                try Self.take(Array(bytes.prefix(length)), into: directory.fresh)
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory.fresh).isEmpty)
        }
    }

    @Test func `an export with a changed byte is refused`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        for place in stride(from: 10, to: bytes.count - 2, by: 1409) {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: ImportError.self, "byte \(place)") {
                try Self.take(changed, into: directory.fresh)
            }
        }
    }

    @Test func `an export that names losses is refused with all of them`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let end = try #require(lines.last)
        lines.removeLast()
        lines.insert(#"{"lost":[7,9]}"#, at: 4)
        lines.append(#"{"lost":[100000,100000]}"#)
        let body = lines.map { $0 + "\n" }.joined()
        let sum = crc32(Array(body.utf8)[...])
        let head = try #require(end.range(of: "\"crc32\":"))
        let changed = body + end[..<head.upperBound] + "\(sum)}\n"
        do {
            try Self.take(Array(changed.utf8), into: directory.fresh)
            Issue.record("it was taken")
        } catch let error as ImportError {
            guard case .lost(let ranges) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(ranges.named == [7...9, 100_000...100_000] && ranges.count == 2)
            #expect("\(error)".hasPrefix("records 7 to 9, 100000 were lost"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.fresh).isEmpty)
    }

    @Test func `an import counts the numbers that had no record`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        var rest = bytes[...]
        let summary = try JournalImport(
            into: directory.fresh, files: SystemFileSystem(), clock: ManualClock()
        ).run {
            defer { rest = [] }
            return Data(rest)
        }
        #expect(UInt64(summary.records) + summary.filled == summary.last.rawValue)
    }

    @Test func `a journal that is there is not overwritten`() throws {
        let directory = try FixtureDirectory()
        let bytes = try Self.export(directory.fixture)
        try Self.take(bytes, into: directory.fresh)
        #expect(throws: ImportError.targetExists("\(directory.fresh)/journal")) {
            try Self.take(bytes, into: directory.fresh)
        }
    }

    @Test func `lines are cut wherever the pieces end`() throws {
        for piece in 1...9 {
            var rest = Array("one\ntwo\n\nfour".utf8)[...]
            var lines = LineReader(limit: 100) {
                defer { rest = rest.dropFirst(piece) }
                return Data(rest.prefix(piece))
            }
            var found: [String] = []
            while let line = try lines.next() {
                found.append(String(decoding: line, as: UTF8.self))
            }
            #expect(found == ["one\n", "two\n", "\n", "four"], "pieces of \(piece)")
        }
    }

    @Test func `a line longer than any record is refused`() throws {
        var lines = LineReader(limit: 10) { Data(repeating: 0x20, count: 7) }
        #expect(throws: ImportError.lineTooLong(1, limit: 10)) { try lines.next() }
    }
}
