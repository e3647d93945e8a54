import ByteCoding
import Coordinator
import GRDB
import Journal
import LogDogModel
import Platform
import TestSupport
import Testing

@testable import ReadModels

/// A directory with journal and catalog that is opened and closed like a server's.
final class StoreFixture {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let machine = CoordinatorMachine()

    init() throws { directory = try TemporaryDirectory() }

    var catalogPath: String { "\(directory.path)/\(CatalogOpening.fileName)" }

    func open(_ options: StoreOptions = StoreOptions()) throws -> CoordinatorStore {
        let machine = machine
        let journal = try JournalRecovery.open(
            JournalDirectory(path: directory.path, files: SystemFileSystem()), options: .small,
            clock: clock, runOf: { machine.run(of: $0) }, holder: "test")
        let store = try CoordinatorStore.open(
            directory.path, journal: journal, machine: machine, clock: clock, options: options)
        store.start()
        return store
    }

    /// Opens, does `work` and closes again.
    func withStore<Result>(_ work: (CoordinatorStore) async throws -> Result) async throws -> Result
    {
        let store = try open()
        let result = try await work(store)
        await store.stop()
        return result
    }

    func registerPrefix(_ prefix: String, in store: CoordinatorStore) async throws {
        _ = try await store.processor.submit(
            .registerPrefix(
                RegisterPrefix(
                    project: CatalogRowsFixture.project, prefix: prefix, realm: "demo:ci",
                    sourceInfo: ["test"], nonce: [], window: .seconds(3600),
                    secret: try CatalogRowsFixture.secret())))
    }

    /// Delivers entries of a text stream, registering it if need be.
    func deliver(
        _ indexes: Range<UInt64>, to name: String, of prefix: String, tags: [String: String] = [:],
        terminalIndex: UInt64? = nil, length: Int = 0, in store: CoordinatorStore
    ) async throws {
        let descriptor = try StreamDescriptor(
            serialized: CatalogRowsFixture.serialized(prefix, name, .text, "text/plain", tags))
        _ = try await store.processor.submit(
            .deliver(
                DeliverEntries(
                    registration: RegisterStream(
                        project: CatalogRowsFixture.project,
                        secret: try CatalogRowsFixture.secret().bytes, protoVersion: "1",
                        descriptor: descriptor, terminalIndex: terminalIndex,
                        timers: ArchivalTimers()),
                    first: indexes.lowerBound,
                    entries: indexes.map { Self.entry($0, length: length)[...] })))
    }

    /// A serialized `LogEntry` of one line.
    ///
    /// - Parameter length: of the line, at least; what is added deflates to half.
    static func entry(_ index: UInt64, length: Int = 0) -> [UInt8] {
        var content = Array("line \(index)".utf8)
        var numbers = SeededNumbers(seed: index)
        while content.count < length {
            content.append(0x61 + UInt8(truncatingIfNeeded: numbers.next() % 16))
        }
        var line: [UInt8] = []
        line.appendWireField(1, bytes: content)
        line.appendWireField(2, bytes: [0x0a])
        var text: [UInt8] = []
        text.appendWireField(1, bytes: line)
        var entry: [UInt8] = []
        entry.appendWireField(2, varint: index)
        entry.appendWireField(3, varint: index)
        entry.appendWireField(4, varint: index)
        entry.appendWireField(10, bytes: text)
        return entry
    }

    func stream(_ name: String, of prefix: String, in store: CoordinatorStore) -> StreamState? {
        do throws(ReadError) {
            return try store.readModel.stream(
                project: CatalogRowsFixture.project, hash: .ofStream(prefix: prefix, name: name))
        } catch {
            Issue.record(error)
            return nil
        }
    }

    /// Every row of every table of the closed catalog, as text.
    func rows() throws -> [String] {
        let queue = try DatabaseQueue(path: catalogPath)
        defer { do { try queue.close() } catch { Issue.record(error) } }
        return try queue.read { database in
            let tables = try String.fetchAll(
                database,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return try tables.flatMap { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table) ORDER BY 1, 2")
                    .map { "\(table): \($0)" }
            }
        }
    }
}
