import Foundation
import Journal
import Testing

@testable import JournalInspection

/// `Fixtures/inspection/v1` holds every kind of record; how it is made stands in its README.
@Suite struct InspectionFixtureTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/inspection/v1")

    /// Only when asked for: the fixture never changes by itself.
    private static func makeIfWanted() throws {
        guard ProcessInfo.processInfo.environment["LOGDOG_MAKE_FIXTURES"] != nil else { return }
        let journal = directory.appending(path: "journal")
        do { try FileManager.default.removeItem(at: journal) } catch {}
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        try EveryKindJournal.write(to: journal.path)
        for name in try FileManager.default.contentsOfDirectory(atPath: journal.path) {
            let file = journal.appending(path: name)
            guard name.hasSuffix(".seg") else {
                try FileManager.default.removeItem(at: file)
                continue
            }
            let bytes = try Data(contentsOf: file)
            try bytes[...(bytes.lastIndex { $0 != 0 } ?? 0)].write(to: file)
        }
    }

    private static func export(_ path: String) throws -> String {
        var bytes: [UInt8] = []
        var export = JournalExport(try InspectedJournal(data: path))
        _ = try export.run { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `the fixture holds what its history says`() throws {
        try Self.makeIfWanted()
        let made = try TemporaryJournal()
        #expect(try Self.export(Self.directory.path) == Self.export(made.path))
    }

    @Test func `the fixture holds every kind of record`() throws {
        var kinds: Set<RecordKind> = []
        var cursor = try InspectedJournal(data: Self.directory.path).reader.blocks(from: .first)
        while case .block(let block) = try cursor.next() {
            kinds.formUnion(block.records.map(\.kind))
        }
        #expect(kinds == Set(RecordKind.named.map(\.kind)))
    }
}
