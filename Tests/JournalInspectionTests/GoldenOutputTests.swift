import Foundation
import Journal
import Testing

@testable import JournalInspection

/// What `dump` and `stat` print of `Fixtures/inspection/v1`: a program that reads it goes on
/// understanding it.
@Suite struct GoldenOutputTests {
    private static var directory: URL { InspectionFixtureTests.directory }

    private static func check(_ name: String, _ lines: [OutputLine]) throws {
        for (format, suffix) in [(OutputFormat.text, "txt"), (.json, "jsonl")] {
            var bytes: [UInt8] = []
            for line in lines { line.append(to: &bytes, as: format) }
            let file = directory.appending(path: "\(name).\(suffix)")
            if ProcessInfo.processInfo.environment["LOGDOG_MAKE_FIXTURES"] != nil {
                try Data(bytes).write(to: file)
            }
            let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            let found = String(decoding: bytes, as: UTF8.self)
            for (golden, found) in zip(golden.split(separator: "\n"), found.split(separator: "\n"))
            where golden != found {
                Issue.record("\(name).\(suffix) says \(golden), not \(found)")
            }
            #expect(golden.count == found.count, "\(name).\(suffix)")
        }
    }

    private static func dump(_ detail: RecordLine.Detail) throws -> [OutputLine] {
        var lines: [OutputLine] = []
        var dump = JournalDump(
            try InspectedJournal(data: directory.path), RecordSelection(), detail)
        try dump.run { lines.append($0) }
        return lines
    }

    @Test func `dump prints the fixture as ever`() throws {
        try Self.check("dump", Self.dump(.fields))
        try Self.check("dump-entries", Self.dump(.entries))
        try Self.check("dump-raw", Self.dump(.raw))
    }

    @Test func `stat prints the fixture as ever`() throws {
        let journal = try InspectedJournal(data: Self.directory.path)
        try Self.check("stat", JournalStat(journal).lines(journal, top: 3))
    }

    @Test func `verify prints the fixture as ever`() throws {
        let journal = try InspectedJournal(data: Self.directory.path)
        try Self.check("verify", JournalVerify(journal).run().lines)
    }
}
