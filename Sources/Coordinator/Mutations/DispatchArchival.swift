import ByteCoding
import Journal
import LogDogModel
import Platform
import Tumble

/// A deadline: the archival of a stream comes due and its task goes into the ready queue
/// (`DESIGN.md §7`).
///
/// A stream of the current dialect has one from registration on, as a safety net, and a second one
/// from termination on; the first stays, since it catches what comes late. One of the classic
/// dialect has one at a time: termination replaces the first.
package struct DispatchArchival: Hashable, Sendable {
    /// The stream whose archival comes due.
    package var stream: StreamID
    /// Which of its two deadlines this is.
    package var reason: ArchivalReason
    /// What the task tells its archivist; nil in the current dialect.
    package var classic: ClassicTerms?

    /// Made by registrations and terminations; read back from the journal.
    package init(stream: StreamID, reason: ArchivalReason, classic: ClassicTerms? = nil) {
        self.stream = stream
        self.reason = reason
        self.classic = classic
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.stream(stream) else { throw .streamNotFound }
        guard let classic else {
            guard found.archivalState != .archivedComplete else {
                return Decision(reply: .nothing)
            }
            return Decision(
                events: [.archivalTasked(stream: stream, reason: reason, at: now)],
                reply: .nothing)
        }
        // Published once: a stream that is tasked or archived already stays as it is.
        guard found.archivalState == .notArchived else { return Decision(reply: .nothing) }
        let key = ClassicTerms.key(requestID: "record-\(next)", stream: found.hash, index: 0)
        return Decision(
            events: [
                .archivalPublished(
                    stream: stream, reason: reason, key: key, terms: classic, at: now)
            ], reply: .nothing)
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(reason.rawValue)
        bytes.appendVarint(stream.record.rawValue)
        classic?.encode(into: &bytes)
    }

    init(decoding reader: inout ByteReader, isClassic: Bool) throws {
        guard let reason = ArchivalReason(rawValue: try reader.byte()) else {
            throw Misfit("an archival is scheduled for a reason that is not known")
        }
        self.reason = reason
        stream = try EventCodecV1.streamID(&reader)
        classic = isClassic ? try ClassicTerms(decoding: &reader) : nil
    }
}

// What registrations and terminations schedule.
extension DispatchArchival {
    /// What a registration schedules: one for a stream that is terminated already is due sooner.
    /// In the classic dialect also its abandonment, if that is wanted.
    static func scheduled(
        for stream: StreamState, at now: Timestamp, _ timers: ArchivalTimers
    ) -> [ScheduledMutation<CoordinatorMachine>] {
        // The classic task of an open stream waits for nothing more.
        let terms = ClassicTerms(settle: .zero, complete: .zero)
        let first =
            stream.terminalIndex == nil
            ? scheduled(
                stream.id, .expired, due: now.adding(timers.open),
                classic: stream.isClassic ? terms : nil)
            : afterTermination(of: stream, at: now, timers)
        return [first] + [AbandonStream.scheduled(for: stream, timers)].compactMap { $0 }
    }

    static func afterTermination(
        of stream: StreamState, at now: Timestamp, _ timers: ArchivalTimers
    ) -> ScheduledMutation<CoordinatorMachine> {
        let terms = ClassicTerms(settle: timers.terminated, complete: timers.open)
        return scheduled(
            stream.id, .terminated, due: now.adding(timers.terminated),
            classic: stream.isClassic ? terms : nil)
    }

    private static func scheduled(
        _ stream: StreamID, _ reason: ArchivalReason, due: Timestamp, classic: ClassicTerms?
    ) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .dispatchArchival(
                DispatchArchival(stream: stream, reason: reason, classic: classic)),
            root: MutationRoot(rawValue: stream.record.rawValue),
            // One name for both in the classic dialect: so the later one replaces the earlier.
            name: name(of: stream, classic == nil ? reason : .expired), due: due)
    }

    /// Of all deadlines of a stream, whether or not they are pending.
    static func names(of stream: StreamID) -> [MutationName] {
        [
            name(of: stream, .expired), name(of: stream, .terminated),
            AbandonStream.name(of: stream),
        ]
    }

    private static func name(of stream: StreamID, _ reason: ArchivalReason) -> MutationName {
        let reasonName = reason == .terminated ? "settled" : "expired"
        return MutationName(rawValue: "archive-\(reasonName)-\(stream.record)")
    }
}
