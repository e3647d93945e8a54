import Journal
import LogDogModel
import LogDogProtos
import Platform
import SwiftProtobuf
import TestSupport
import Tumble

@testable import Coordinator

/// A Coordinator to which things happen one after another, as a processor would drive it: every
/// event goes through its encoding before it is applied, every deadline through its own.
struct History {
    let machine = CoordinatorMachine()
    private(set) var state = CoordinatorState()
    private(set) var events: [CoordinatorEvent] = []
    private(set) var records: [Record] = []
    private var waiting: [ScheduledMutation<CoordinatorMachine>] = []
    private(set) var now = Timestamp(microseconds: 1_700_000_000_000_000)
    private var next = RecordNumber(rawValue: 1)

    /// What came of a mutation.
    struct Outcome {
        let events: [CoordinatorEvent]
        let scheduled: [ScheduledMutation<CoordinatorMachine>]
        let reply: CoordinatorReply
    }

    /// What waits for its time.
    var pending: [ScheduledMutation<CoordinatorMachine>] { waiting }

    mutating func wait(_ duration: Duration) { now = now.adding(duration) }

    /// Decides, encodes, decodes and applies.
    @discardableResult
    mutating func when(_ mutation: CoordinatorMutation) throws -> Outcome {
        let decision = try machine.decide(mutation, in: state, at: now, next: next)
        var decoded: [CoordinatorEvent] = []
        for event in decision.events {
            let record = encoded(event)
            let event = try machine.decode(record)
            try machine.apply(event, numbered: record.number, to: &state)
            records.append(record)
            decoded.append(event)
            next = next.next
            state.checkInvariants()
        }
        events += decoded
        for scheduled in decision.schedule {
            if let name = scheduled.name { waiting.removeAll { $0.name == name } }
            waiting.append(try roundTripped(scheduled))
        }
        waiting.removeAll { mutation in mutation.name.map(decision.cancel.contains) ?? false }
        return Outcome(events: decoded, scheduled: decision.schedule, reply: decision.reply)
    }

    /// Why a mutation is refused; nil if it is not. Nothing changes either way.
    func refusal(of mutation: CoordinatorMutation) -> Rejection? {
        do throws(Rejection) {
            _ = try machine.decide(mutation, in: state, at: now, next: next)
            return nil
        } catch {
            return error
        }
    }

    /// Fires what has come due, in order.
    mutating func fireDue() throws -> [Outcome] {
        let due = waiting.filter { $0.due <= now }.sorted { $0.due < $1.due }
        waiting.removeAll { $0.due <= now }
        return try due.map { try when($0.mutation) }
    }

    private func encoded(_ event: CoordinatorEvent) -> Record {
        var payload: [UInt8] = []
        let (kind, version, form) = machine.encode(event, into: &payload)
        return Record(
            number: next, kind: kind, version: version, form: form, payload: payload[...])
    }

    private func roundTripped(
        _ scheduled: ScheduledMutation<CoordinatorMachine>
    ) throws -> ScheduledMutation<CoordinatorMachine> {
        var bytes: [UInt8] = []
        machine.encode(scheduled.mutation, into: &bytes)
        var copy = scheduled
        copy.mutation = try machine.decodeMutation(bytes[...])
        return copy
    }
}

extension History {
    static let project = "proj"
    static let prefix = "builds/1"
    static let secret = Secret(Array(repeating: 7, count: 36))
    static let otherSecret = Array(repeating: UInt8(8), count: 36)
    static let window = Duration.seconds(86_400)

    /// With the prefix registered.
    static func withPrefix() throws -> History {
        var history = History()
        try history.when(.registerPrefix(try claim()))
        return history
    }

    /// With the stream registered too, open or terminated.
    static func withStream(terminalIndex: UInt64? = nil) throws -> History {
        var history = try withPrefix()
        try history.when(.registerStream(try registration(terminalIndex: terminalIndex)))
        return history
    }

    static let classicTimers = ArchivalTimers(
        terminated: .seconds(5), open: .seconds(86_400), dialect: .classic)

    /// With a stream of the classic dialect.
    static func withClassicStream(terminalIndex: UInt64? = nil) throws -> History {
        var history = try withPrefix()
        var registration = try registration(terminalIndex: terminalIndex)
        registration.timers = classicTimers
        try history.when(.registerStream(registration))
        return history
    }

    static func claim(
        prefix: String = prefix, nonce: [UInt8] = [], window: Duration = window
    ) throws -> RegisterPrefix {
        guard let secret else { throw Misfit("the secret of the tests has 36 bytes") }
        return RegisterPrefix(
            project: project, prefix: prefix, realm: "proj:realm", sourceInfo: ["tests"],
            nonce: nonce, window: window, secret: secret)
    }

    static func registration(
        name: String = "stdout", prefix: String = prefix, secret: [UInt8]? = nil,
        protoVersion: String = "1", terminalIndex: UInt64? = nil
    ) throws -> RegisterStream {
        let message = Logpb_LogStreamDescriptor.with {
            $0.prefix = prefix
            $0.name = name
            $0.contentType = "text/plain"
            $0.timestamp = Google_Protobuf_Timestamp(seconds: 1_700_000_000)
            $0.tags = ["k": "v"]
        }
        return RegisterStream(
            project: project, secret: secret ?? Self.secret?.bytes ?? [],
            protoVersion: protoVersion,
            descriptor: try StreamDescriptor(serialized: try message.serializedBytes()),
            terminalIndex: terminalIndex, timers: ArchivalTimers())
    }

    /// A part of a bundle with `count` entries from `first`.
    static func part(
        name: String = "stdout", first: UInt64 = 0, count: Int, terminalIndex: UInt64? = nil,
        secret: [UInt8]? = nil
    ) throws -> DeliverEntries {
        let registration = try registration(
            name: name, secret: secret, terminalIndex: terminalIndex)
        let entries = (0..<count).map { ArraySlice("entry \(first &+ UInt64($0))".utf8) }
        return DeliverEntries(registration: registration, first: first, entries: entries)
    }

    static func termination(
        name: String = "stdout", at index: UInt64, secret: [UInt8]? = nil
    ) -> TerminateStream {
        TerminateStream(
            project: project, id: .ofStream(prefix: prefix, name: name),
            secret: secret ?? Self.secret?.bytes ?? [], terminalIndex: index,
            timers: ArchivalTimers())
    }

    /// An archivist's report of the stream of the tests.
    static func report(
        name: String = "stdout", entries: UInt64, through terminalIndex: UInt64?,
        fails: Bool = false
    ) -> ArchiveStream {
        ArchiveStream(
            .current(StreamKey(project: project, hash: .ofStream(prefix: prefix, name: name))),
            terminalIndex: terminalIndex, entryCount: entries,
            stream: ArchiveObject(url: "gs://b/entries", size: 100),
            index: ArchiveObject(url: "gs://b/index", size: 50), isFailure: fails)
    }

    /// The stream of the tests, if it is registered.
    func stream(_ name: String = "stdout") -> StreamState? {
        state.stream(
            StreamKey(
                project: Self.project, hash: .ofStream(prefix: Self.prefix, name: name)))
    }

    /// Deletes the prefix of the tests.
    mutating func deletePrefix() throws {
        guard let id = registeredPrefix?.id else { throw Misfit("the prefix is there") }
        try when(.deletePrefix(DeletePrefix(prefix: id)))
    }

    /// The prefix of the tests, if it is registered.
    var registeredPrefix: PrefixState? {
        state.prefix(PrefixKey(project: Self.project, hash: .ofPrefix(Self.prefix)))
    }
}
