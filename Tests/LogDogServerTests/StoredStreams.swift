import Coordinator
import Foundation
import Journal
import LogDogModel
import LogDogProtos
import LogDogServer
import Platform
import ReadModels
import SwiftProtobuf
import TestSupport
import Testing
import Tumble

/// What a server finds in its directory: prefix `stored` in realm `some-realm` of `proj-foo`, with
/// an open stream `s` of two lines and a stream `bad`, whose one entry does not decode.
///
/// No door would let the latter in. None of the entries is in memory when the server starts.
enum StoredStreams {
    static let secret = Data(repeating: 7, count: 36)

    static func write(for options: ServerOptions) async throws {
        try FileManager.default.createDirectory(
            atPath: options.data, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(
                path: DataDirectory.journal(in: options.data), files: SystemFileSystem()),
            clock: options.clock, runOf: { machine.run(of: $0) }, holder: "test")
        let store = try CoordinatorStore.open(
            options.data, journal: journal, machine: machine, clock: options.clock,
            options: StoreOptions())
        store.start()
        _ = try await store.processor.submit(
            .registerPrefix(
                RegisterPrefix(
                    project: "proj-foo", prefix: "stored", realm: "proj-foo:some-realm",
                    sourceInfo: [], nonce: [], window: .seconds(86_400),
                    secret: try #require(Secret(Array(secret))))))
        let lines = try TestMessage.bundle(prefix: "stored", secret: secret, 0..<2).entries[0]
        try await deliver(
            lines.logs.map { Array(try $0.serializedBytes() as Data) }, to: "s", store)
        try await deliver([[0xff, 0xff, 0xff]], to: "bad", store)
        await store.stop()
    }

    private static func deliver(
        _ entries: [[UInt8]], to name: String, _ store: CoordinatorStore
    ) async throws {
        var descriptor = Logpb_LogStreamDescriptor()
        descriptor.prefix = "stored"
        descriptor.name = name
        descriptor.contentType = "text/plain"
        descriptor.timestamp = .init(seconds: 1_700_000_000)
        let registration = RegisterStream(
            project: "proj-foo", secret: Array(secret), protoVersion: "1",
            descriptor: try StreamDescriptor(
                serialized: try descriptor.serializedBytes() as [UInt8]),
            terminalIndex: nil, timers: ArchivalTimers())
        _ = try await store.processor.submit(
            .deliver(
                DeliverEntries(
                    registration: registration, first: 0, entries: entries.map { $0[...] })))
    }

    static func id(of name: String) -> String { HashID.ofStream(prefix: "stored", name: name).hex }
}
