import Coordinator
import Journal
import LogDogModel
import LogDogProtos
import Platform
import SwiftProtobuf
import Testing
import Tumble

/// A history of decisions: given what happened, when a mutation comes, then its events or its
/// rejection. Every decision is applied, encoded, decoded and applied to a second state, which
/// must come out the same.
struct History {
    let machine = CoordinatorMachine()
    private(set) var state = CoordinatorState()
    private var replayed = CoordinatorState()
    private(set) var now = Timestamp(microseconds: 1_700_000_000_000_000)
    private var next = RecordNumber.first
    /// What is pending, by name.
    private(set) var pending: [String: ScheduledMutation<CoordinatorMachine>] = [:]

    static let secret = [UInt8](repeating: 0x5a, count: 36)

    mutating func advance(by duration: Duration) { now = now.adding(duration) }

    /// Decides, applies, and returns the decision.
    @discardableResult
    mutating func when(
        _ mutation: CoordinatorMutation
    ) throws -> Decision<CoordinatorMachine> {
        let decision = try machine.decide(mutation, in: state, at: now, next: next)
        for event in decision.events {
            try machine.apply(event, numbered: next, to: &state)
            state.checkInvariants()
            try replay(event)
            next = next.next
        }
        for scheduled in decision.schedule {
            var bytes: [UInt8] = []
            machine.encode(scheduled.mutation, into: &bytes)
            _ = try machine.decodeMutation(bytes[...])
            pending[scheduled.name?.rawValue ?? "\(next)"] = scheduled
            next = next.next
        }
        #expect(machine.digest(of: state) == machine.digest(of: replayed))
        return decision
    }

    private mutating func replay(_ event: CoordinatorEvent) throws {
        var payload: [UInt8] = []
        let (kind, version, form) = machine.encode(event, into: &payload)
        let record = Record(
            number: next, kind: kind, version: version, form: form, payload: payload[...])
        #expect(machine.run(of: record) == machine.run(of: event))
        try machine.apply(try machine.decode(record), numbered: next, to: &replayed)
    }

    /// The rejection of a mutation; nil if it is not refused.
    func rejection(of mutation: CoordinatorMutation) -> Rejection? {
        do throws(Rejection) {
            _ = try machine.decide(mutation, in: state, at: now, next: next)
            return nil
        } catch {
            return error
        }
    }

    static func registerPrefix(
        _ prefix: String = "p", nonce: [UInt8] = [], window: Duration = .seconds(86_400),
        secret: [UInt8] = secret
    ) throws -> CoordinatorMutation {
        .registerPrefix(
            RegisterPrefix(
                project: "proj", prefix: prefix, realm: nil, sourceInfo: ["test"], nonce: nonce,
                window: window, secret: try #require(Secret(secret))))
    }

    static func registration(
        _ name: String = "s", terminalIndex: UInt64? = nil, secret: [UInt8] = secret
    ) throws -> RegisterStream {
        var message = Logpb_LogStreamDescriptor()
        message.prefix = "p"
        message.name = name
        message.contentType = "text/plain"
        message.timestamp = .init(seconds: 1, nanos: 0)
        return RegisterStream(
            project: "proj", secret: secret, protoVersion: "1",
            descriptor: try StreamDescriptor(serialized: try message.serializedBytes()),
            terminalIndex: terminalIndex, timers: ArchivalTimers())
    }

    static func terminate(
        at index: UInt64, _ name: String = "s", secret: [UInt8] = secret
    ) -> CoordinatorMutation {
        .terminateStream(
            TerminateStream(
                project: "proj", id: .ofStream(prefix: "p", name: name), secret: secret,
                terminalIndex: index, timers: ArchivalTimers()))
    }

    static func deliver(
        _ range: Range<UInt64>, terminalIndex: UInt64? = nil, secret: [UInt8] = secret
    ) throws -> CoordinatorMutation {
        .deliver(
            DeliverEntries(
                registration: try registration(terminalIndex: terminalIndex, secret: secret),
                first: range.lowerBound, entries: range.map { [UInt8(truncatingIfNeeded: $0)][...] }
            ))
    }

    func stream(_ name: String = "s") -> StreamState? {
        state.stream(StreamKey(project: "proj", hash: .ofStream(prefix: "p", name: name)))
    }
}

extension Decision where M == CoordinatorMachine {
    var delivered: DeliveryOutcome? {
        if case .delivered(let outcome) = reply { return outcome }
        return nil
    }
}
