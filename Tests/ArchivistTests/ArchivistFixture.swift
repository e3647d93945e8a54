@testable import Archivist
import ByteCoding
import Coordinator
import Foundation
import Journal
import LogDogModel
import LogDogProtos
import Platform
import ReadModels
import StreamArchive
import SwiftProtobuf
import TestSupport
import Testing
import Tumble

/// A Coordinator on a directory of its own, and a store on a simulated disk.
final class ArchivistFixture {
    static let project = "demo"
    static let prefix = "builds/1"
    private static let secret = [UInt8](repeating: 0xa5, count: 36)

    let clock = ManualClock()
    let disk: SimulatedDisk
    let archive: DirectoryStore
    let store: CoordinatorStore
    private let directory: URL

    init() async throws {
        disk = SimulatedDisk()
        archive = try DirectoryStore.open("/archive", files: disk)
        directory = FileManager.default.temporaryDirectory
            .appending(path: "archivist-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: directory.path, files: SystemFileSystem()), clock: clock,
            runOf: { machine.run(of: $0) }, holder: "test")
        var options = StoreOptions()
        options.archives = [archive]
        store = try CoordinatorStore.open(
            directory.path, journal: journal, machine: machine, clock: clock, options: options)
        store.start()
        _ = try await store.processor.submit(
            .registerPrefix(
                RegisterPrefix(
                    project: Self.project, prefix: Self.prefix, realm: "demo:ci",
                    sourceInfo: ["test"], nonce: [], window: .seconds(864_000),
                    secret: try #require(Secret(Self.secret)))))
    }

    var local: LocalCoordinator { LocalCoordinator(store.processor, store.readModel) }

    func stop() async throws {
        await store.stop()
        try FileManager.default.removeItem(at: directory)
    }

    /// Delivers entries of a text stream, registering it if need be.
    func deliver(
        _ indexes: Range<UInt64>, to name: String, terminalIndex: UInt64? = nil
    ) async throws {
        _ = try await store.processor.submit(
            try Self.delivery(indexes, to: name, terminalIndex: terminalIndex))
    }

    static func delivery(
        _ indexes: Range<UInt64>, to name: String, terminalIndex: UInt64?
    ) throws -> CoordinatorMutation {
        var descriptor = Logpb_LogStreamDescriptor()
        descriptor.prefix = prefix
        descriptor.name = name
        descriptor.contentType = "text/plain"
        descriptor.timestamp = .init(seconds: 1_700_000_000)
        return .deliver(
            DeliverEntries(
                registration: RegisterStream(
                    project: project, secret: secret, protoVersion: "1",
                    descriptor: try StreamDescriptor(
                        serialized: try descriptor.serializedBytes() as [UInt8]),
                    terminalIndex: terminalIndex, timers: ArchivalTimers()),
                first: indexes.lowerBound, entries: try indexes.map { try entry($0)[...] }))
    }

    static func entry(_ index: UInt64) throws -> [UInt8] {
        var line = Logpb_Text.Line()
        line.value = Data("line \(index)".utf8)
        line.delimiter = "\n"
        var entry = Logpb_LogEntry()
        entry.prefixIndex = index
        entry.streamIndex = index
        entry.sequence = index
        entry.text.lines = [line]
        return try entry.serializedBytes()
    }

    func stream(_ name: String) -> StreamState? {
        do throws(ReadError) {
            return try store.readModel.stream(
                project: Self.project, hash: .ofStream(prefix: Self.prefix, name: name))
        } catch {
            Issue.record(error)
            return nil
        }
    }

    /// The indexes that a reader is given of a stream, holes passed over.
    func indexes(of name: String) async throws -> [UInt64] {
        let id = try #require(stream(name)?.id)
        return try await store.readModel.entries(
            of: id, from: 0, limits: ReadLimits(nonContiguous: true)
        ).entries.map(\.index)
    }

    func advance(_ seconds: Int64) async {
        clock.advance(by: .seconds(seconds))
        await store.processor.fireDue()
    }

    /// Does what is due, as one of an archivist's workers would.
    func archiveDue(
        into store: (any ObjectStore)? = nil, as coordinator: (any ArchivalCoordinator)? = nil
    ) async throws -> [String] {
        let store = store ?? archive
        let coordinator = coordinator ?? local
        let clock = clock
        return try await Self.onThread {
            var batch = ArchiveBatch(
                store, coordinator, ArchivistOptions(), clock: clock, isStopping: { false },
                rest: {})
            try batch.run(try coordinator.lease(100, for: .seconds(600)))
            return batch.outcome.failures.map(\.reason)
        }
    }

    /// Blocking calls belong on a thread of their own.
    static func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { done in
            Thread { done.resume(with: Swift.Result { try body() }) }.start()
        }
    }

    /// The objects in the store, without what is half-written.
    var objects: [String] {
        disk.files.keys.filter { $0.hasPrefix("/archive/demo/") }.sorted()
    }
}
