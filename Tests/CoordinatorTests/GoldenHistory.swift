import Foundation
import Journal
import LogDogModel
import TestSupport
import Tumble

@testable import Coordinator

/// A history of `Fixtures/events/v1`; together they hold every kind of event once at least.
///
/// What the records of a file come from must never change: a new kind of event gets a history of
/// its own.
enum GoldenHistory: String, CaseIterable {
    case history
    case archival
    case removal
    case classic

    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/events/v1")

    /// The version of the digest that the file ends with.
    var digestVersion: UInt8 {
        switch self {
        case .history: 1
        case .archival, .removal, .classic: 2
        }
    }

    var file: URL { Self.directory.appending(path: "\(rawValue).txt") }

    func made() throws -> History {
        switch self {
        case .history: try Self.firstLife()
        case .archival: try Self.archivals()
        case .removal: try Self.removals()
        case .classic: try Self.classicLife()
        }
    }

    /// Prefixes, streams, entries, ends and deadlines.
    private static func firstLife() throws -> History {
        var history = History()
        try history.when(
            .registerPrefix(try History.claim(nonce: Array(repeating: 0x11, count: 32))))
        var bare = try History.claim(prefix: "bare")
        bare.realm = nil
        bare.sourceInfo = []
        try history.when(.registerPrefix(bare))
        try history.when(.registerStream(try History.registration()))
        history.wait(.seconds(1))
        try history.when(.deliver(try History.part(count: 2)))
        try history.when(.deliver(try History.part(first: 300, count: 1)))
        try history.when(
            .deliver(try History.part(name: "stderr", count: 1, terminalIndex: 0)))
        history.wait(.seconds(1))
        try history.when(.terminateStream(History.termination(at: 300)))
        history.wait(.seconds(300))
        _ = try history.fireDue()
        history.wait(.seconds(172_800))
        _ = try history.fireDue()
        return history
    }

    /// Tasks that are leased, released, given back and done; archives with and without gaps.
    private static func archivals() throws -> History {
        var history = try History.withPrefix()
        for name in ["stdout", "stderr", "status"] {
            try history.when(.registerStream(try History.registration(name: name)))
            try history.when(.terminateStream(History.termination(name: name, at: 5)))
        }
        history.wait(.seconds(300))
        _ = try history.fireDue()
        let lease = CoordinatorMutation.leaseArchiveTasks(
            LeaseArchiveTasks(limit: 2, duration: .seconds(60)))
        try history.when(lease)
        history.wait(.seconds(60))
        _ = try history.fireDue()
        guard case .leased(let tasks) = try history.when(lease).reply, let task = tasks.first,
            let hold = task.task.hold
        else { throw Misfit("two tasks are leased") }
        try history.when(
            .failArchival(FailArchival(task: task.task.id, lease: hold, reason: "no disk")))
        try history.when(
            .deleteArchiveTasks(DeleteArchiveTasks(tasks: tasks.map(\.task.id))))
        var whole = History.report(name: "stderr", entries: 6, through: 5)
        whole.data = ArchiveObject(url: "gs://b/data", size: 300)
        try history.when(.archiveStream(whole))
        try history.when(.archiveStream(History.report(name: "status", entries: 2, through: 4)))
        try history.when(
            .archiveStream(History.report(entries: 0, through: nil, fails: true)))
        history.wait(.seconds(172_800))
        _ = try history.fireDue()
        return history
    }

    /// A stream that is purged and shown again, a prefix that is deleted, and one of its name.
    private static func removals() throws -> History {
        var history = try History.withStream()
        guard let id = history.stream()?.id else { throw Misfit("the stream is there") }
        for purged in [true, false, true] {
            history.wait(.seconds(1))
            try history.when(.purgeStream(PurgeStream(.identity(id), isPurged: purged)))
        }
        try history.when(.registerStream(try History.registration(name: "stderr")))
        try history.deletePrefix()
        _ = try history.fireDue()
        try history.when(.registerPrefix(try History.claim()))
        try history.when(.registerStream(try History.registration()))
        try history.deletePrefix()
        return history
    }

    /// Streams of the classic dialect, and a credential that comes and goes.
    private static func classicLife() throws -> History {
        var history = try History.withClassicStream()
        var other = try History.registration(name: "stderr", terminalIndex: 2)
        other.timers = History.classicTimers
        try history.when(.registerStream(other))
        history.wait(.seconds(86_400))
        _ = try history.fireDue()
        try history.when(.archiveStream(History.report(entries: 1, through: 0)))
        for credential in [HashID.ofBytes(Array("secret".utf8)), nil] {
            try history.when(
                .setStorageAccount(
                    SetStorageAccount(caller: "user:admin", credential: credential)))
        }
        return history
    }

    /// One line a record, and the digest of the state at the end.
    func text(of history: History) -> String {
        let lines = history.records.map { record in
            "\(record.number.rawValue) \(record.kind.rawValue) \(Self.hex(record.payload))"
        }
        return (lines + ["digest \(digest(of: history.state))"]).joined(separator: "\n") + "\n"
    }

    /// In the version of the file.
    func digest(of state: CoordinatorState) -> String {
        let sum = CoordinatorMachine().digest(of: state, version: digestVersion)
        return sum.map { $0.description } ?? "none"
    }

    /// The records of all files.
    static func allRecords() throws -> [Record] { try allCases.flatMap { try $0.read().records } }

    /// The records of the file, and the digest that it names.
    func read() throws -> (records: [Record], digest: String) {
        let text = try String(contentsOf: file, encoding: .utf8)
        var records: [Record] = []
        var digest = ""
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard let last = parts.last else { continue }
            if parts.count == 2 {
                digest = String(last)
                continue
            }
            guard parts.count == 3, let number = UInt64(parts[0]), let kind = UInt8(parts[1]),
                let payload = [UInt8](hex: String(last))
            else { throw Misfit("a line of the fixture: \(line)") }
            records.append(
                Record(
                    number: RecordNumber(rawValue: number), kind: RecordKind(rawValue: kind),
                    version: 1, payload: payload[...]))
        }
        return (records, digest)
    }

    static func hex(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
