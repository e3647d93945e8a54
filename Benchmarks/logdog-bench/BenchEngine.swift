import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels
import StreamArchive
import Tumble

/// The engine in this process, on a temporary directory.
final class BenchEngine: Sendable {
    static let project = "bench"
    static let prefix = "bench/all"

    let directory: String
    let store: CoordinatorStore
    let sink: SegmentSink
    let reader: JournalReader
    private let secret: Secret

    struct SetUpFailed: Error {}

    /// - Parameters:
    ///   - archives: where archives may be.
    ///   - grace: for how long what is finished stays in memory; nil for as long as in a server.
    init(
        directory: String, archives: [any ObjectStore] = [], grace: Duration? = nil,
        clock: any Clock = SystemClock(), journalOptions: JournalOptions = JournalOptions()
    ) async throws {
        guard let secret = Secret([UInt8](repeating: 7, count: Secret.length)) else {
            throw SetUpFailed()
        }
        self.secret = secret
        self.directory = directory
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: "\(directory)/journal", files: SystemFileSystem()),
            options: journalOptions, clock: SystemClock(), runOf: { machine.run(of: $0) },
            holder: "logdog-bench")
        sink = journal.sink
        reader = journal.reader
        var options = StoreOptions()
        options.archives = archives
        if let grace { options.grace = grace }
        store = try CoordinatorStore.open(
            directory, journal: journal, machine: machine, clock: clock,
            options: options)
        store.start()
    }

    static func temporary(
        journalOptions: JournalOptions = JournalOptions(),
        archives: (String) throws -> [any ObjectStore] = { _ in [] }
    ) async throws -> BenchEngine {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        return try await BenchEngine(
            directory: path, archives: try archives(path), journalOptions: journalOptions)
    }

    func remove() async throws {
        await store.stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    /// Waits until disk space is zero-filled ahead, as it is soon after a server's start: the
    /// limits that work is held against have theirs filled before the clock starts, too.
    func fillSpace() async throws {
        while sink.wantsFilling { try await Task.sleep(for: .milliseconds(5)) }
    }

    func registerPrefix(
        _ prefix: String = prefix, window: Duration = .seconds(86_400), nonce: [UInt8] = []
    ) async throws {
        _ = try await store.processor.submit(
            .registerPrefix(
                RegisterPrefix(
                    project: Self.project, prefix: prefix, realm: nil, sourceInfo: [],
                    nonce: nonce, window: window, secret: secret)))
    }

    func registration(
        _ descriptor: StreamDescriptor, terminalIndex: UInt64? = nil
    ) -> CoordinatorMutation {
        .registerStream(
            RegisterStream(
                project: Self.project, secret: secret.bytes, protoVersion: "1",
                descriptor: descriptor, terminalIndex: terminalIndex, timers: ArchivalTimers()))
    }

    func termination(of descriptor: StreamDescriptor, at index: UInt64) -> CoordinatorMutation {
        .terminateStream(
            TerminateStream(
                project: Self.project, id: descriptor.hash, secret: secret.bytes,
                terminalIndex: index, timers: ArchivalTimers()))
    }

    /// Submits mutations together, and waits until they are durable.
    func submit(_ mutations: [CoordinatorMutation]) async throws {
        let outcomes = await withCheckedContinuation { caller in
            store.processor.submit(mutations) { caller.resume(returning: $0) }
        }
        for outcome in outcomes { _ = try outcome.get() }
    }

    /// The mutation that appends `entries`, the first of which has index `first`.
    func delivery(
        _ descriptor: StreamDescriptor, first: UInt64, _ entries: [[UInt8]],
        terminalIndex: UInt64? = nil, timers: ArchivalTimers = ArchivalTimers()
    ) -> CoordinatorMutation {
        .deliver(
            DeliverEntries(
                registration: RegisterStream(
                    project: Self.project, secret: secret.bytes, protoVersion: "1",
                    descriptor: descriptor, terminalIndex: terminalIndex, timers: timers),
                first: first, entries: entries.map { $0[...] }))
    }
}
