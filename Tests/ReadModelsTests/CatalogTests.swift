import Coordinator
import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import ReadModels

/// The forms of the catalog, which behave alike.
enum CatalogForm: String, CaseIterable, CustomTestStringConvertible {
    case inMemory
    case sqlite

    var testDescription: String { rawValue }

    func open(in directory: TemporaryDirectory) throws -> any Catalog {
        let machine = CoordinatorMachine()
        switch self {
        case .inMemory: return InMemoryCatalog(machine: machine)
        case .sqlite:
            return try SQLiteCatalog(path: "\(directory.path)/catalog.sqlite", machine: machine)
        }
    }
}

@Suite(.serialized)
struct CatalogTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: CatalogForm.allCases)
    func `a new catalog stands before the first record`(_ form: CatalogForm) throws {
        let contents = try form.open(in: directory).load()
        #expect(contents.checkpoint.reached == .none)
        #expect(contents.prefixes.isEmpty && contents.streams.isEmpty)
        #expect(contents.pending.isEmpty && contents.segments.isEmpty)
    }

    @Test(arguments: CatalogForm.allCases)
    func `archives and tasks come back whole, and a task that is gone does not`(
        _ form: CatalogForm
    ) throws {
        let catalog = try form.open(in: directory)
        let prefix = try CatalogRowsFixture.prefix(1, "builds/1")
        let archived = try CatalogRowsFixture.stream(
            3, of: prefix, "a",
            archive: ArchiveInfo(
                time: Timestamp(microseconds: 77), entryCount: 4,
                stream: ArchiveObject(url: "gs://b/s", size: 9),
                index: ArchiveObject(url: "gs://b/i", size: .max)))
        func task(_ id: UInt64, _ place: ArchiveTask.Place) -> ArchiveTask {
            ArchiveTask(
                id: TaskID(record: RecordNumber(rawValue: id)), stream: archived.id,
                reason: .expired, due: Timestamp(microseconds: 5), retries: 2, place: place,
                failure: "no disk")
        }
        let until = Timestamp(microseconds: 99)
        let record = RecordNumber(rawValue: 20)
        let tasks = [
            task(7, .ready(since: record)), task(8, .leased(by: record, until: until)),
            task(9, .backingOff(from: record, until: until)), task(10, .ready(since: record)),
        ]
        var changes = CatalogChanges.upTo(21)
        changes.add(prefix)
        changes.add(archived)
        for task in tasks { changes.tasks[task.id] = task }
        try catalog.record(changes)
        var later = CatalogChanges.upTo(22)
        later.tasks[tasks[3].id] = .some(nil)
        try catalog.record(later)
        let contents = try catalog.load()
        #expect(contents.streams == [archived])
        #expect(contents.tasks == Array(tasks.dropLast()))
    }

    @Test(arguments: CatalogForm.allCases)
    func `what was recorded is loaded again, in the order of records`(_ form: CatalogForm) throws {
        let catalog = try form.open(in: directory)
        let prefix = try CatalogRowsFixture.prefix(1, "builds/1")
        let second = try CatalogRowsFixture.stream(
            9, of: prefix, "stderr", type: .binary, contentType: "application/octet-stream")
        let first = try CatalogRowsFixture.stream(
            3, of: prefix, "a/stdout", tags: ["step": "compile", "empty": ""])
        var changes = CatalogChanges.upTo(12, digest: StateDigest(low: 7, high: .max))
        changes.add(prefix)
        changes.add(second)
        changes.add(first)
        changes.segments = [RecordNumber(rawValue: 40), RecordNumber(rawValue: 1)]
        let configuration = ConfigurationState(
            hash: Array(repeating: 9, count: 32), text: "service\n",
            since: Timestamp(microseconds: 7))
        changes.configuration = configuration
        try catalog.record(changes)

        let contents = try catalog.load()
        #expect(contents.checkpoint == changes.checkpoint)
        #expect(contents.prefixes == [prefix])
        #expect(contents.streams == [first, second])
        #expect(contents.segments.map(\.rawValue) == [1, 40])
        #expect(contents.configuration == configuration)
    }

    @Test(arguments: CatalogForm.allCases)
    func `a row that is recorded again replaces the one before`(_ form: CatalogForm) throws {
        let catalog = try form.open(in: directory)
        let prefix = try CatalogRowsFixture.prefix(1, "p")
        var stream = try CatalogRowsFixture.stream(2, of: prefix, "s", tags: ["a": "b"])
        var changes = CatalogChanges.upTo(2)
        changes.add(prefix)
        changes.add(stream)
        try catalog.record(changes)
        stream.terminalIndex = 41
        stream.terminatedAt = Timestamp(microseconds: 5_000_000)
        var later = CatalogChanges.upTo(3)
        later.add(stream)
        try catalog.record(later)
        #expect(try catalog.load().streams == [stream])
        #expect(try catalog.load().checkpoint.reached == RecordNumber(rawValue: 3))
    }

    @Test(arguments: CatalogForm.allCases)
    func `texts with a NUL character come back whole`(_ form: CatalogForm) throws {
        let catalog = try form.open(in: directory)
        let prefix = try CatalogRowsFixture.prefix(1, "p")
        let stream = try CatalogRowsFixture.stream(
            2, of: prefix, "s", contentType: "a\0b", tags: ["key": "x\0y"])
        var changes = CatalogChanges.upTo(2)
        changes.add(prefix)
        changes.add(stream)
        try catalog.record(changes)
        #expect(try catalog.load().streams == [stream])
        var query = try CatalogRowsFixture.query("p/+/**")
        query.contentType = "a\0b"
        query.tags = ["key": "x\0y"]
        let page = try catalog.page(query, prefix: prefix.id)
        #expect(page.hits == [stream])
    }
}
