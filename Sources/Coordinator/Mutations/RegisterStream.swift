import Journal
import LogDogModel
import Platform
import Tumble

/// A Collector registers a stream under a prefix (`spec/rpc.md §9`).
package struct RegisterStream: Sendable {
    /// A valid project name.
    package var project: String
    /// As the caller sent it, of any length: compared with the prefix's.
    package var secret: [UInt8]
    /// Only `1` is known.
    package var protoVersion: String
    /// Checked, with its prefix filled in.
    package var descriptor: StreamDescriptor
    /// Also terminates the stream, if the registration is new; nil leaves it open.
    package var terminalIndex: UInt64?
    /// How long the archivals wait that this schedules.
    package var timers: ArchivalTimers

    /// Project and descriptor are checked by the caller; everything else by `decide`.
    package init(
        project: String, secret: [UInt8], protoVersion: String, descriptor: StreamDescriptor,
        terminalIndex: UInt64?, timers: ArchivalTimers
    ) {
        self.project = project
        self.secret = secret
        self.protoVersion = protoVersion
        self.descriptor = descriptor
        self.terminalIndex = terminalIndex
        self.timers = timers
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        let prefix = try openPrefix(in: state, at: now)
        guard prefix.secret.matches(secret) else { throw .secretMismatch }
        if let stored = state.stream(StreamKey(project: project, hash: descriptor.hash)) {
            return Decision(reply: .stream(stored))
        }
        let stream = registered(under: prefix, at: now, next: next)
        return Decision(
            events: [.streamRegistered(stream)],
            schedule: DispatchArchival.scheduled(for: stream, at: now, timers),
            reply: .stream(stream))
    }

    /// The prefix, if streams may still be registered under it; its secret is not looked at.
    func openPrefix(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> PrefixState {
        guard protoVersion == "1" else { throw .unrecognizedProtoVersion(protoVersion) }
        guard terminalIndex ?? 0 <= StreamState.lastIndex else { throw .indexOutOfRange }
        let key = PrefixKey(project: project, hash: descriptor.prefixHash)
        guard let prefix = state.prefix(key) else { throw .prefixNotRegistered }
        guard !prefix.isExpired(at: now) else { throw .prefixExpired }
        return prefix
    }

    func registered(
        under prefix: PrefixState, at now: Timestamp, next: RecordNumber
    ) -> StreamState {
        StreamState(
            id: StreamID(record: next), prefix: prefix.id, project: project,
            protoVersion: protoVersion, descriptor: descriptor, secret: prefix.secret, created: now,
            updated: now, terminalIndex: terminalIndex,
            terminatedAt: terminalIndex.map { _ in now },
            archivalKey: timers.dialect == .classic ? [] : StreamState.taskedKey,
            purged: false, received: ReceivedRanges())
    }
}
