import Foundation
import Journal
import LogDogModel
import Platform
import TestSupport
import Testing

@testable import JournalInspection

/// What a dump shows of a journal, and what it leaves out.
@Suite struct DumpTests {
    /// The lines of a dump of the journal with every kind.
    private static func lines(
        _ selection: RecordSelection = RecordSelection(),
        _ detail: RecordLine.Detail = .fields, damage: (TemporaryJournal) throws -> Void = { _ in }
    ) throws -> [OutputLine] {
        let journal = try TemporaryJournal()
        try damage(journal)
        var lines: [OutputLine] = []
        var dump = JournalDump(try InspectedJournal(data: journal.path), selection, detail)
        try dump.run { lines.append($0) }
        return lines
    }

    @Test func `every kind of record is named and decoded`() throws {
        let lines = try Self.lines()
        let kinds = Set(lines.compactMap(\.recordKind))
        #expect(kinds == Set(RecordKind.named.map(\.name)))
        for line in lines { #expect(!line.text(as: .json).contains("undecodable")) }
    }

    @Test func `every line is one JSON object with its members in a fixed order`() throws {
        for line in try Self.lines() {
            let text = line.text(as: .json)
            let object = try JSONObject(JSONSerialization.jsonObject(with: Data(text.utf8)))
            #expect(object.string("line") == line.kind)
            #expect(text.hasPrefix(#"{"line":"record","record":"#), "\(text)")
        }
    }

    @Test(arguments: [RecordLine.Detail.fields, .entries, .raw])
    func `no detail shows a secret`(_ detail: RecordLine.Detail) throws {
        let plain = String(decoding: EveryKindJournal.secret, as: UTF8.self)
        let base64 = Data(EveryKindJournal.secret).base64EncodedString().prefix(40)
        for line in try Self.lines(RecordSelection(), detail) {
            for format in [OutputFormat.text, .json] {
                let text = line.text(as: format)
                #expect(!text.contains(plain.prefix(8)) && !text.contains(base64.prefix(12)))
            }
        }
    }

    @Test func `raw payloads are whole but for the secret`() throws {
        let journal = try TemporaryJournal()
        var raw: [UInt8] = []
        var shown: [UInt8] = []
        var cursor = try InspectedJournal(data: journal.path).reader.blocks(from: .first)
        while case .block(let block) = try cursor.next() {
            // What a client deflated is withheld: the secret in it cannot be found.
            for record in block.records where record.form == .plain { raw += record.payload }
        }
        for line in try Self.lines(RecordSelection(), .raw) {
            if case .bytes(let bytes)? = line.value("payload") { shown += bytes }
        }
        #expect(raw.count == shown.count)
        let differing = zip(raw, shown).filter { $0 != $1 }
        #expect(differing.count == 5 * Secret.length)
        #expect(differing.allSatisfy { $0.0 == 0x53 && $0.1 == MaskedPayload.mask })
    }

    @Test func `what a client deflated is shown inflated, with its secret overwritten`() throws {
        let raw = try Self.lines(RecordSelection(), .raw)
        let kept = raw.filter { $0.recordKind == "entries kept" }
        #expect(!kept.isEmpty)
        for line in raw {
            #expect((line.value("bundle") != nil) == (line.recordKind == "entries kept"))
        }
        for line in kept {
            guard case .bytes(let bundle)? = line.value("bundle") else {
                Issue.record("a bundle that is whole is shown")
                continue
            }
            let mask = [UInt8](repeating: MaskedPayload.mask, count: Secret.length)
            #expect(
                String(decoding: bundle, as: UTF8.self).contains(
                    String(decoding: mask, as: UTF8.self)))
        }
    }

    @Test func `entries are laid open with index, time and text`() throws {
        var selection = RecordSelection()
        selection.kinds = [try #require(RecordKind(named: "entries-appended"))]
        let text = try #require(try Self.lines(selection, .entries).first).text(as: .json)
        #expect(text.contains(#"{"index":5,"offset":"5.000000000","text":"line 5 "#), "\(text)")
        selection.kinds = [try #require(RecordKind(named: "entries-kept"))]
        let kept = try #require(try Self.lines(selection, .entries).first).text(as: .json)
        #expect(kept.contains(#"{"index":1,"offset":"1.000000000","text":"line 1 "#), "\(kept)")
    }

    @Test func `bounds are records or times, both included`() throws {
        var selection = RecordSelection()
        selection.from = Bound(parsing: "2")
        selection.to = Bound(parsing: "4")
        #expect(try Self.lines(selection).compactMap(\.record) == [2, 3, 4])
        let all = try Self.lines()
        let time = try #require(all[3].value("time"))
        guard case .text(let moment) = time else { return }
        selection.from = Bound(parsing: moment)
        selection.to = Bound(parsing: moment)
        #expect(
            try Self.lines(selection).compactMap(\.record)
                == all.filter { $0.value("time") == time }.compactMap(\.record))
    }

    @Test func `names select registrations and whatever is about them`() throws {
        var selection = RecordSelection()
        selection.names.project = "other"
        #expect(
            try Self.lines(selection).compactMap(\.recordKind) == [
                "prefix registered", "stream registered", "stream purged", "prefix deleted",
                "streams removed",
            ])
        selection = RecordSelection()
        try selection.names.restrict(stream: "builds/*/+/std**")
        let kinds = try Self.lines(selection).compactMap(\.recordKind)
        #expect(kinds.first == "stream registered")
        #expect(Set(kinds).isSuperset(of: ["mutation fired", "archival tasked"]))
        #expect(!kinds.contains("prefix registered"))
        // A later beginning does not forget what was registered before it.
        selection.from = Bound(parsing: "6")
        #expect(try Self.lines(selection).compactMap(\.recordKind) == Array(kinds.dropFirst(2)))
        selection = RecordSelection()
        try selection.names.restrict(stream: "#5")
        #expect(
            try Self.lines(selection).compactMap(\.recordKind)
                == ["stream registered", "stream purged", "streams removed"])
    }

    @Test func `damage is told in its place and the rest is shown`() throws {
        let lines = try Self.lines { try $0.flip(in: 0, at: 64 + 70) }
        let lost = try #require(lines.first { $0.kind == "lost" })
        #expect(lost.value("first") == .number(1))
        #expect(lines.last?.record == (try Self.lines().last?.record))
    }

    @Test func `a missing segment is told with its records`() throws {
        let whole = try Self.lines()
        let lines = try Self.lines { try $0.remove(0) }
        let second = try #require(lines.first { $0.record != nil }?.record)
        #expect(
            lines.first?.text(as: .json).hasPrefix(
                #"{"line":"lost","first":1,"last":\#(second - 1),"why":"segment missing""#) == true)
        #expect(lines.dropFirst() == whole.drop { $0.record != second })
    }

    @Test func `a later run goes on where the one before it ended`() throws {
        let journal = try TemporaryJournal()
        var selection = RecordSelection()
        selection.to = Bound(parsing: "3")
        var dump = JournalDump(try InspectedJournal(data: journal.path), selection, .fields)
        try dump.run { _ in }
        #expect(dump.next == RecordNumber(rawValue: 4))
        #expect(dump.isComplete)
    }

    @Test func `a directory without a journal is refused by name`() {
        #expect(throws: JournalError.self) { try InspectedJournal(data: "/nonexistent") }
    }

    @Test func `nothing that a terminal takes for a command is printed`() {
        let line = OutputLine("note", [OutputField("text", "\u{1b}[31m\u{9b}1m\u{202e}\u{7f}\t")])
        for format in [OutputFormat.text, .json] {
            #expect(line.text(as: format).unicodeScalars.allSatisfy { (0x20..<0x7f) ~= $0.value })
        }
    }
}
