import Coordinator
import Foundation
import GRDB
import Journal
import Testing
import Tumble

@testable import ReadModels

/// A catalog that is not what was written is not believed.
@Suite(.serialized)
struct CatalogDamageTests {
    private let directory: TemporaryDirectory
    private let machine = CoordinatorMachine()

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { "\(directory.path)/catalog.sqlite" }

    /// A whole catalog that was closed again.
    private func write() throws {
        let catalog = try SQLiteCatalog(path: path, machine: machine)
        let prefix = try CatalogRowsFixture.prefix(1, "builds/1")
        var changes = CatalogChanges.upTo(20)
        changes.add(prefix)
        for number in 0..<50 {
            changes.add(
                try CatalogRowsFixture.stream(
                    UInt64(100 + number), of: prefix, "a/s\(number)", tags: ["n": "\(number)"]))
        }
        changes.segments = [RecordNumber(rawValue: 1)]
        try catalog.record(changes)
        catalog.close()
    }

    private func load() throws(CatalogError) -> CatalogContents {
        let catalog = try SQLiteCatalog(path: path, machine: machine)
        defer { catalog.close() }
        return try catalog.load()
    }

    @Test(arguments: [
        "UPDATE prefix SET realm = 'demo:other'", "UPDATE prefix SET realm = NULL",
        "UPDATE stream SET purged = 1 WHERE id = 103",
        "UPDATE stream SET terminal_index = 4 WHERE id = 149",
        "UPDATE stream SET content_type = 'text/html' WHERE id = 149",
        "UPDATE stream SET checksum = checksum + 1 WHERE id = 120",
        "UPDATE checkpoint SET reached = 21", "UPDATE journal_segment SET first_record = 2",
        "DELETE FROM posting_by_hash WHERE stream = 110 AND term < 0",
        "UPDATE posting_by_hash SET place = place + 1 WHERE stream = 110",
        "UPDATE posting_by_age SET term = term + 4294967296 WHERE stream = 110",
        "INSERT INTO posting_by_age VALUES (1, 2, 110)",
        "UPDATE posting_sum SET by_age = by_age + 1",
        "DELETE FROM prefix",
    ])
    func `a changed row is found`(_ change: String) throws {
        try write()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: change) }
        try queue.close()
        #expect { try load() } throws: { error in
            guard case CatalogError.damaged = error else { return false }
            return true
        }
    }

    @Test func `a catalog that was closed is one file`() throws {
        try write()
        let wal = "\(path)-wal"
        if FileManager.default.fileExists(atPath: wal) {
            #expect(try Data(contentsOf: URL(filePath: wal)).isEmpty)
        }
        #expect(try Data(contentsOf: URL(filePath: path)).count > 10 * 4096)
    }

    @Test func `a file that is not a database is found`() throws {
        try Data("not a database, but long enough for a header, surely".utf8)
            .write(to: URL(filePath: path))
        #expect { try load() } throws: { error in
            guard case CatalogError.damaged = error else { return false }
            return true
        }
    }

    @Test func `a file of another version is told apart`() throws {
        try write()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
        #expect(throws: CatalogError.otherSchema(found: 99, expected: CatalogSchema.version)) {
            try load()
        }
    }

    @Test func `a flipped byte anywhere never gives other rows`() throws {
        try write()
        let whole = try Data(contentsOf: URL(filePath: path))
        let expected = try load().streams
        for offset in stride(from: 0, to: whole.count, by: 397) {
            var bytes = whole
            bytes[offset] ^= 0x10
            try bytes.write(to: URL(filePath: path))
            do throws(CatalogError) {
                let contents = try load()
                #expect(contents.streams == expected, "flipped at \(offset)")
            } catch {
                if case .unavailable = error { Issue.record("at \(offset): \(error)") }
            }
        }
    }

    @Test func `every flipped bit of the file's header is damage, or changes nothing`() throws {
        try write()
        let whole = try Data(contentsOf: URL(filePath: path))
        let expected = try load().streams
        for place in 0..<800 {
            var bytes = whole
            bytes[place / 8] ^= 1 << UInt8(place % 8)
            try bytes.write(to: URL(filePath: path))
            do throws(CatalogError) {
                #expect(try load().streams == expected, "bit \(place)")
            } catch {
                if case .unavailable = error { Issue.record("bit \(place): \(error)") }
            }
        }
    }

    @Test(arguments: [
        ResultCode.SQLITE_READONLY, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PERM,
    ])
    func `a disk that refuses costs no catalog`(_ code: ResultCode) {
        #expect {
            try CatalogError.wrapping { throw DatabaseError(resultCode: code) }
        } throws: { error in
            guard case CatalogError.unavailable = error else { return false }
            return true
        }
    }

    @Test func `the file is for its owner alone`() throws {
        let catalog = try SQLiteCatalog(path: path, machine: machine)
        try catalog.record(.upTo(1))
        for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
            #expect(try directory.permissions(of: name) == 0o600, "\(name)")
        }
        catalog.close()
    }

    @Test func `a damaged catalog is put aside and a new one begun`() throws {
        try write()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "UPDATE prefix SET realm = 'demo:other'") }
        try queue.close()
        let opened = try CatalogOpening.open(
            in: directory.path, machine: machine, journalEnd: RecordNumber(rawValue: 99),
            options: StoreOptions())
        defer { opened.catalog.close() }
        guard case .putAside(.damaged, let aside) = opened.finding else {
            Issue.record("\(opened.finding)")
            return
        }
        #expect(FileManager.default.fileExists(atPath: aside))
        #expect(opened.snapshot.reached == .none)
    }

    @Test func `a catalog that is ahead of the journal is put aside`() throws {
        try write()
        let opened = try CatalogOpening.open(
            in: directory.path, machine: machine, journalEnd: RecordNumber(rawValue: 19),
            options: StoreOptions())
        defer { opened.catalog.close() }
        guard case .putAside = opened.finding else {
            Issue.record("\(opened.finding)")
            return
        }
    }
}
