import ByteCoding
import Journal
import Platform
import Tumble

/// A deadline: the archival of a stream comes due and its task goes into the ready queue
/// (`DESIGN.md §7`).
///
/// A stream has one from registration on, as a safety net, and a second one from termination on;
/// the first stays, since it catches what comes late.
package struct DispatchArchival: Hashable, Sendable {
    /// The stream whose archival comes due.
    package var stream: StreamID
    /// Which of its two deadlines this is.
    package var reason: ArchivalReason

    /// Made by registrations and terminations; read back from the journal.
    package init(stream: StreamID, reason: ArchivalReason) {
        self.stream = stream
        self.reason = reason
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.stream(stream) else { throw .streamNotFound }
        guard found.archivalState != .archivedComplete else { return Decision(reply: .nothing) }
        return Decision(
            events: [.archivalTasked(stream: stream, reason: reason, at: now)], reply: .nothing)
    }

    /// What a registration schedules: one for a stream that is terminated already is due sooner.
    static func scheduled(
        for stream: StreamState, at now: Timestamp, _ timers: ArchivalTimers
    ) -> [ScheduledMutation<CoordinatorMachine>] {
        stream.terminalIndex == nil
            ? [scheduled(stream.id, .expired, due: now.adding(timers.open))]
            : [afterTermination(of: stream.id, at: now, timers)]
    }

    static func afterTermination(
        of stream: StreamID, at now: Timestamp, _ timers: ArchivalTimers
    ) -> ScheduledMutation<CoordinatorMachine> {
        scheduled(stream, .terminated, due: now.adding(timers.terminated))
    }

    private static func scheduled(
        _ stream: StreamID, _ reason: ArchivalReason, due: Timestamp
    ) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .dispatchArchival(DispatchArchival(stream: stream, reason: reason)),
            root: MutationRoot(rawValue: stream.record.rawValue),
            name: name(of: stream, reason), due: due)
    }

    /// Of both deadlines of a stream, whether or not they are pending.
    static func names(of stream: StreamID) -> [MutationName] {
        [name(of: stream, .expired), name(of: stream, .terminated)]
    }

    private static func name(of stream: StreamID, _ reason: ArchivalReason) -> MutationName {
        let reasonName = reason == .terminated ? "settled" : "expired"
        return MutationName(rawValue: "archive-\(reasonName)-\(stream.record)")
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(reason.rawValue)
        bytes.appendVarint(stream.record.rawValue)
    }

    init(decoding reader: inout ByteReader) throws {
        guard let reason = ArchivalReason(rawValue: try reader.byte()) else {
            throw Misfit("an archival is scheduled for a reason that is not known")
        }
        self.reason = reason
        stream = try EventCodecV1.streamID(&reader)
    }
}
