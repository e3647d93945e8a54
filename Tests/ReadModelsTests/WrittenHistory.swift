import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Platform
import Testing
import TestSupport
import Tumble

@testable import ReadModels

/// A journal that a test writes event by event, and a read model over it: the road behind the
/// processor, without its rules.
final class WrittenHistory {
    static let prefixID: UInt64 = 1
    static let streamID = StreamID(record: RecordNumber(rawValue: 2))

    let directory: TemporaryDirectory
    let catalog: any Catalog
    let model: ReadModel
    let machine = CoordinatorMachine()
    let journalPath: String
    private let clock = ManualClock()
    private let journal: RecoveredJournal

    /// Begins with one prefix and one open stream.
    init(
        catalog form: CatalogForm = .inMemory, journal options: JournalOptions = .small,
        model readOptions: StoreOptions = StoreOptions()
    ) throws {
        directory = try TemporaryDirectory()
        journalPath = "\(directory.path)/journal"
        let machine = machine
        journal = try JournalRecovery.open(
            JournalDirectory(path: journalPath, files: SystemFileSystem()),
            options: options, clock: clock, runOf: { machine.run(of: $0) }, holder: "test")
        catalog = try form.open(in: directory)
        model = ReadModel(
            catalog, try catalog.load().snapshot(for: machine), reader: journal.reader,
            machine: machine, options: readOptions)
        let prefix = try CatalogRowsFixture.prefix(Self.prefixID, "builds/1")
        try commit([
            .prefixRegistered(prefix),
            .streamRegistered(try CatalogRowsFixture.stream(2, of: prefix, "stdout")),
        ])
    }

    /// Writes `events` as one durable commit and publishes it.
    func commit(_ events: [CoordinatorEvent]) throws {
        var numbered: [(number: RecordNumber, event: CoordinatorEvent)] = []
        for event in events {
            var payload: [UInt8] = []
            let (kind, version, form) = machine.encode(event, into: &payload)
            let number = try journal.builder.add(
                kind: kind, version: version, payload: payload, form: form,
                run: machine.run(of: event))
            numbered.append((number: number, event: event))
        }
        let sealed = try #require(journal.builder.finish(at: clock.wall()))
        // Nothing is written unless the space ahead is filled with zeros.
        while case .filling = journal.sink.room { _ = try journal.sink.fillAhead() }
        let after = RecordNumber(rawValue: sealed.first.rawValue - 1)
        var outcome: AppendOutcome?
        journal.sink.append(sealed, after: after, epoch: 0) { outcome = $0 }
        guard case .durable(let runs) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        let commit = DurableCommit<CoordinatorMachine>(
            first: sealed.first, last: sealed.last, time: clock.wall(), events: numbered,
            processor: [], runs: runs)
        model.follower.add(model.hot.publish(commit, isLive: true))
    }

    /// Appends entries to the stream, as one commit.
    func append(_ indexes: ClosedRange<UInt64>, length: Int = 10) throws {
        try commit([Self.appended(indexes, length: length)])
    }

    static func appended(
        _ indexes: ClosedRange<UInt64>, of stream: StreamID = streamID, length: Int = 10
    ) -> CoordinatorEvent {
        var frames: [UInt8] = []
        for index in indexes { RecordIO.append(entry(index, length: length), to: &frames) }
        return .entriesAppended(
            stream: stream, first: indexes.lowerBound, entries: frames[...],
            count: UInt64(indexes.count))
    }

    /// Bytes that tell one index from another.
    static func entry(_ index: UInt64, length: Int = 10) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: index &* 31 &+ UInt64($0)) }
    }

    func terminate(at index: UInt64) throws {
        try commit([
            .streamTerminated(
                stream: Self.streamID, index: index, at: Timestamp(microseconds: 5_000_000))
        ])
    }

    func read(
        from index: Int64 = 0, _ limits: ReadLimits = ReadLimits()
    ) throws(ReadError) -> EntryPage {
        try model.entries(of: Self.streamID, from: index, limits: limits)
    }

    func close() async throws {
        await model.stop()
        try journal.sink.close()
    }
}

extension JournalOptions {
    /// Segments of 64 KiB with blocks of 1 KiB, so that a test sees many of both.
    static var small: JournalOptions {
        var options = JournalOptions()
        options.segmentSize = 64 << 10
        options.blockTarget = 1 << 10
        options.blockLimit = 4 << 10
        options.commitLimit = 16 << 10
        options.indexInterval = 8 << 10
        options.fillSlice = 8 << 10
        return options
    }
}
