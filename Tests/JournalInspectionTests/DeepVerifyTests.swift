import Coordinator
import Foundation
import Journal
import Platform
import ReadModels
import Testing

@testable import JournalInspection

/// Replaying into a fresh catalog, and what comes of comparing it.
@Suite struct DeepVerifyTests {
    /// A data directory with the journal of every kind and the catalog of some record of it.
    private static func data(
        catalogThrough record: RecordNumber? = .last, _ body: (String) throws -> Void
    ) throws {
        let data = FileManager.default.temporaryDirectory
            .appending(path: "inspection-deep-\(UUID().uuidString)").path
        let files = FileManager.default
        try files.createDirectory(atPath: data, withIntermediateDirectories: false)
        defer { do { try files.removeItem(atPath: data) } catch {} }
        try EveryKindJournal.write(to: "\(data)/journal")
        if let record { try catalog(of: data, through: record) }
        try body(data)
    }

    private static func catalog(of data: String, through record: RecordNumber) throws {
        let machine = CoordinatorMachine()
        let catalog = try SQLiteCatalog(path: "\(data)/catalog.sqlite", machine: machine)
        defer { catalog.close() }
        var rebuild = CatalogRebuild(try InspectedJournal(data: data).reader, machine: machine)
        try rebuild.advance(through: record, uncovered: true, into: catalog)
    }

    private static func verify(_ data: String) throws -> (isSound: Bool, lines: [OutputLine]) {
        let scratch = "\(data)/scratch"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: false)
        var lines: [OutputLine] = []
        var deep = DeepVerify(
            try InspectedJournal(data: data), data: data, scratch: scratch)
        try deep.run { lines.append($0) }
        return (deep.isSound, lines)
    }

    @Test(arguments: [1, 4, 9, 1000] as [UInt64])
    func `a catalog that lags anywhere is equal as far as it goes`(_ record: UInt64) throws {
        try Self.data(catalogThrough: RecordNumber(rawValue: record)) { data in
            let (isSound, lines) = try Self.verify(data)
            #expect(isSound, "\(lines)")
            let last = try #require(lines.last)
            #expect(last.kind == "deep")
            #expect(last.value("digestsCompared") == .number(1))
            #expect(last.value("rowsCompared") != .number(0))
        }
    }

    @Test func `a row that differs is named, and a secret in it is not shown`() throws {
        try Self.data { data in
            let machine = CoordinatorMachine()
            let catalog = try SQLiteCatalog(path: "\(data)/catalog.sqlite", machine: machine)
            var changes = CatalogChanges(checkpoint: try catalog.load().checkpoint)
            for stream in try catalog.load().streams.prefix(1) {
                var changed = stream
                changed.purged.toggle()
                changes.streams[stream.id] = changed
            }
            try catalog.record(changes)
            catalog.close()
            let (isSound, lines) = try Self.verify(data)
            #expect(!isSound)
            let difference = try #require(
                lines.first { $0.value("table") == .text("stream") }, "\(lines)")
            #expect(difference.value("column") == .text("purged"))
        }
    }

    @Test func `without a catalog digests are compared alone`() throws {
        try Self.data(catalogThrough: nil) { data in
            let (isSound, lines) = try Self.verify(data)
            #expect(isSound)
            #expect(lines.last?.value("catalogReached") == OutputValue.none)
        }
    }

    @Test func `a catalog of something else is no catalog`() throws {
        try Self.data(catalogThrough: nil) { data in
            try Data("not SQLite".utf8).write(to: URL(filePath: "\(data)/catalog.sqlite"))
            let (isSound, lines) = try Self.verify(data)
            #expect(!isSound)
            #expect(lines.first?.kind == "catalog")
        }
    }

    @Test func `state shows a stream as it was, and what waited for it`() throws {
        try Self.data(catalogThrough: nil) { data in
            let subject = try HistoricState.Subject(parsing: "proj/builds/1/+/stdout")
            var early = try HistoricState(InspectedJournal(data: data))
            try early.advance(to: .record(RecordNumber(rawValue: 3)))
            let then = early.lines(of: subject)
            #expect(then.map(\.kind) == ["stream", "pending"])
            #expect(then.first?.value("contiguousThrough") == OutputValue.none)
            #expect(then.first?.value("terminalIndex") == OutputValue.none)
            try early.advance(to: nil)
            let now = early.lines(of: subject)
            #expect(now.first?.value("terminalIndex") != OutputValue.none)
            #expect(now.first?.value("archivalState") == .text("archivedComplete"))
            var none = try HistoricState(InspectedJournal(data: data))
            try none.advance(to: .record(.first))
            #expect(none.lines(of: subject).isEmpty)
            #expect(!none.lines(of: try .init(parsing: "proj/builds/1")).isEmpty)
        }
    }
}
