import ByteCoding
import Coordinator
import Foundation
import LogDogModel
import LogDogProtos
import TestSupport

/// What the clients of a run send: prefixes, bundles in any order and more than once, terminations,
/// and now and then something that must be refused.
struct Workload {
    static let project = "sim"
    private static let streamsPerPrefix: UInt64 = 3
    private static let indexes: UInt64 = 40

    private var numbers: SeededNumbers
    private var prefixCount = 0
    /// Every delivery sends other bytes, so that it shows whose arrived.
    private var deliveries: UInt64 = 0
    /// What the archivist has in hand.
    private var tasks: [LeasedTask] = []

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    mutating func next() throws -> CoordinatorMutation {
        if prefixCount == 0 || numbers.next() % 12 == 0 {
            // A claim that may be a repeat or a conflict.
            let number = Int(numbers.next() % UInt64(prefixCount + 1))
            prefixCount = max(prefixCount, number + 1)
            return .registerPrefix(try Self.claim(number, secret: numbers.next() % 10 > 0))
        }
        if numbers.next() % 16 == 0 {
            return .leaseArchiveTasks(
                LeaseArchiveTasks(
                    limit: Int(numbers.next() % 4),
                    duration: .seconds(Int64(numbers.next() % 100) + 1)))
        }
        if numbers.next() % 9 == 0 { return archival() }
        let prefix = Int(numbers.next() % UInt64(prefixCount))
        let stream = Int(numbers.next() % Self.streamsPerPrefix)
        if numbers.next() % 24 == 0 {
            let key = StreamKey(
                project: Self.project, hash: try Self.descriptor(prefix, stream).hash)
            return .purgeStream(
                PurgeStream(.current(key), isPurged: numbers.next() % 2 == 0))
        }
        let secret = numbers.next() % 20 == 0 ? Self.secret(99) : Self.secret(prefix)
        switch numbers.next() % 10 {
        case 0:
            return .terminateStream(
                TerminateStream(
                    project: Self.project, id: try Self.descriptor(prefix, stream).hash,
                    secret: secret, terminalIndex: numbers.next() % Self.indexes,
                    timers: Self.timers))
        default:
            let first = numbers.next() % Self.indexes
            let count = numbers.next() % 5 + 1
            deliveries += 1
            return .deliver(
                DeliverEntries(
                    registration: RegisterStream(
                        project: Self.project, secret: secret, protoVersion: "1",
                        descriptor: try Self.descriptor(prefix, stream), terminalIndex: nil,
                        timers: Self.timers),
                    first: first,
                    entries: (first..<first + count).map { Self.entry($0, deliveries)[...] }))
        }
    }

    /// The archivist hears what it was given.
    mutating func hear(_ reply: CoordinatorReply) {
        if case .leased(let leased) = reply { tasks += leased }
    }

    /// What the archivist asks for or reports; after a crash it goes on with what it had.
    private mutating func archival() -> CoordinatorMutation {
        guard let leased = tasks.popLast() else {
            return .leaseArchiveTasks(
                LeaseArchiveTasks(
                    limit: Int(numbers.next() % 4) + 1,
                    duration: .seconds(Double(numbers.next() % 500 + 60))))
        }
        switch numbers.next() % 5 {
        case 0:
            return .failArchival(
                FailArchival(
                    task: leased.task.id, lease: leased.task.hold ?? .none, reason: "simulated"))
        case 1: return .deleteArchiveTasks(DeleteArchiveTasks(tasks: [leased.task.id]))
        default:
            // One that is not terminated may be archived without an end.
            let object = ArchiveObject(url: Self.url(of: leased.stream.id), size: 1)
            return .archiveStream(
                ArchiveStream(
                    .identity(leased.stream.id), terminalIndex: leased.stream.terminalIndex,
                    entryCount: 1, stream: object, index: object))
        }
    }

    static let timers = ArchivalTimers()

    /// Of both objects of its archive.
    static func url(of stream: StreamID) -> String { "archive:///\(stream.record)" }

    /// The path of the stream that has this hash.
    static func path(of hash: HashID) -> String? { paths[hash] }

    private static let paths: [HashID: String] = {
        var paths: [HashID: String] = [:]
        for number in 0..<64 {
            for stream in 0..<3 {
                let path = StreamPath(prefix: prefix(number), name: "s/\(stream)")
                paths[path.hash] = path.text
            }
        }
        return paths
    }()

    static func prefix(_ number: Int) -> String { "p/\(number)" }

    static func secret(_ number: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Secret.length)
    }

    /// The bytes of an entry, long now and then.
    private static func entry(_ index: UInt64, _ delivery: UInt64) -> [UInt8] {
        var numbers = SeededNumbers(seed: delivery << 16 | index)
        let length = numbers.next() % 11 == 0 ? 1500 : Int(numbers.next() % 90) + 8
        return (0..<length).map { _ in UInt8(truncatingIfNeeded: numbers.next() % 23) }
    }

    private static func claim(_ number: Int, secret isOwn: Bool) throws -> RegisterPrefix {
        guard let secret = Secret(secret(isOwn ? number : 98)) else { throw Unmade() }
        return RegisterPrefix(
            project: project, prefix: prefix(number), realm: nil, sourceInfo: ["simulation"],
            nonce: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32),
            // Two in three close soon, so that their streams can be finished.
            window: number % 3 == 0 ? .seconds(86_400 * 365 * 300) : .seconds(3600),
            secret: secret)
    }

    private static func descriptor(_ prefix: Int, _ stream: Int) throws -> StreamDescriptor {
        var message = Logpb_LogStreamDescriptor()
        message.prefix = Self.prefix(prefix)
        message.name = "s/\(stream)"
        message.contentType = "text/plain"
        message.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        return try StreamDescriptor(serialized: try message.serializedBytes())
    }

    struct Unmade: Error {}
}
