import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import TestSupport
import Testing
import Tumble

@testable import JournalInspection

/// Dump, verify and stat on a small journal.
@Suite struct InspectionTests {
    /// A directory with a journal of one prefix.
    private static func journal(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "inspection-\(UUID().uuidString)").path
        defer { do { try FileManager.default.removeItem(atPath: path) } catch {} }
        var options = JournalOptions()
        options.segmentSize = 64 << 10
        options.blockTarget = 1 << 10
        options.blockLimit = 4 << 10
        options.commitLimit = 16 << 10
        options.fillSlice = 16 << 10
        let journal = try JournalRecovery.open(
            JournalDirectory(path: path, files: SystemFileSystem()), options: options,
            clock: ManualClock(), runOf: { _ in nil }, holder: "test")
        let machine = CoordinatorMachine()
        let secret = try #require(Secret([UInt8](repeating: 0x53, count: 36)))
        let prefix = PrefixState(
            id: PrefixID(record: .first), project: "proj", prefix: "a/b", hash: .ofPrefix("a/b"),
            realm: "proj:@legacy", source: ["x"], secret: secret, nonce: [],
            created: Timestamp(microseconds: 1_000_000), expires: Timestamp(microseconds: 2_000_000)
        )
        var payload: [UInt8] = []
        let (kind, version, form) = machine.encode(.prefixRegistered(prefix), into: &payload)
        try journal.builder.add(
            kind: kind, version: version, payload: payload, form: form, run: nil)
        let sealed = try #require(journal.builder.finish(at: Timestamp(microseconds: 1_000_000)))
        journal.sink.append(sealed, after: .none, epoch: 0) { _ in }
        try journal.sink.close()
        try body(path)
    }

    @Test func `a dump shows every field and masks the secret`() throws {
        try Self.journal { path in
            var lines: [DumpLine] = []
            let isDamaged = try JournalDump(InspectedJournal(data: path), .init()).run {
                lines.append($0)
            }
            #expect(!isDamaged)
            #expect(lines.count == 1)
            let json = try #require(lines.first?.json)
            let object = try JSONObject(JSONSerialization.jsonObject(with: Data(json.utf8)))
            #expect(object.string("kind") == "prefix registered")
            #expect(object.int("record") == 1)
            #expect(object.string("prefix") == "a/b")
            #expect(object.string("secret") == "<secret>")
            #expect(!json.contains("SSSS"))
        }
    }

    @Test func `verify finds a sound journal sound and a flipped byte damaged`() throws {
        try Self.journal { path in
            let report = try JournalVerify(InspectedJournal(data: path)).run()
            #expect(report.isSound)
            #expect(report.records == 1)
            #expect(report.uncovered == nil)
            let file = URL(filePath: path).appending(path: "00000000000000000001.seg")
            var bytes = try Data(contentsOf: file)
            bytes[64 + 64 + 3] ^= 1
            try bytes.write(to: file)
            #expect(try !JournalVerify(InspectedJournal(data: path)).run().isSound)
        }
    }

    @Test func `stat counts records and bytes by kind`() throws {
        try Self.journal { path in
            let stat = try JournalStat(InspectedJournal(data: path))
            #expect(stat.records == 1)
            #expect(stat.kinds["prefix registered"]?.records == 1)
            #expect(stat.commits == 1)
        }
    }

    @Test func `a directory without a journal is refused by name`() {
        #expect(throws: JournalError.self) { try InspectedJournal(data: "/nonexistent") }
    }
}
