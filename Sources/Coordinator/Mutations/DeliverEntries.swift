import ByteCoding
import Journal
import LogDogModel
import Platform
import Tumble

/// One part of a bundle: registers the stream if need be, appends what is new, and terminates it
/// if the part says so (`spec/formats.md §5.3`, steps 12 to 15).
///
/// Delivered twice it means it once; parts may come in any order.
package struct DeliverEntries: Sendable {
    /// What registers the stream if it is not there, and what the part says of its end.
    package var registration: RegisterStream
    /// The stream index of the first entry.
    package var first: UInt64
    /// Serialized entries as they came, checked, with consecutive indexes.
    package var entries: [ArraySlice<UInt8>]
    /// The bundle that holds these entries and no others, if it may be stored as it came.
    package var bundle: KeptBundle?

    /// - Parameter registration: its terminal index is the one that the part reports.
    package init(
        registration: RegisterStream, first: UInt64, entries: [ArraySlice<UInt8>],
        bundle: KeptBundle? = nil
    ) {
        self.registration = registration
        self.first = first
        self.entries = entries
        self.bundle = bundle
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        let prefix = try registration.openPrefix(in: state, at: now)
        guard prefix.secret.matches(registration.secret) else {
            return Decision(reply: .delivered(.dropped(.secretMismatch)))
        }
        let key = StreamKey(project: registration.project, hash: registration.descriptor.hash)
        guard let stream = state.stream(key) else {
            let stream = registration.registered(under: prefix, at: now, next: next)
            let appended = try append(to: stream)
            return Decision(
                events: [.streamRegistered(stream)] + appended.events,
                schedule: DispatchArchival.scheduled(for: stream, at: now, registration.timers),
                reply: .delivered(appended.outcome))
        }
        if stream.purged { return Decision(reply: .delivered(.dropped(.purged))) }
        if stream.archive != nil { return Decision(reply: .delivered(.dropped(.archived))) }
        var (events, outcome) = try append(to: stream)
        let ended = try termination(of: stream, at: now)
        events += ended.events
        return Decision(
            events: events, schedule: ended.schedule, reply: .delivered(outcome))
    }

    private func append(
        to stream: StreamState
    ) throws(Rejection) -> (events: [CoordinatorEvent], outcome: DeliveryOutcome) {
        let count = UInt64(entries.count)
        guard count <= StreamState.lastIndex, first <= StreamState.lastIndex - count else {
            throw .indexOutOfRange
        }
        let range = first..<first + count
        var received = stream.received
        var events: [CoordinatorEvent] = []
        var new = 0
        let wanted =
            DeliberateFault.lastBytesWin.isOn ? [range] : received.missing(from: range)
        for missing in wanted {
            guard !received.wouldExceedLimit(adding: missing) else {
                throw .tooManyIntervals(limit: ReceivedRanges.intervalLimit)
            }
            received.insert(missing)
            events.append(event(for: missing, of: stream.id))
            new += missing.count
        }
        return (events, .stored(new: new, duplicates: entries.count - new))
    }

    private func event(for range: Range<UInt64>, of stream: StreamID) -> CoordinatorEvent {
        if let bundle, range.count == entries.count {
            return .entriesKept(
                stream: stream, first: first, count: UInt64(range.count), bundle: bundle)
        }
        let part = entries[Int(range.lowerBound - first)..<Int(range.upperBound - first)]
        var frames: [UInt8] = []
        frames.reserveCapacity(part.reduce(0) { $0 + $1.count + 4 })
        for entry in part { RecordIO.append(entry, to: &frames) }
        return .entriesAppended(
            stream: stream, first: range.lowerBound, entries: frames[...],
            count: UInt64(range.count))
    }

    /// A different terminal index than the stored one is only noted, as the original's Collector
    /// does: it remembers the stored one and does not ask again.
    private func termination(
        of stream: StreamState, at now: Timestamp
    ) throws(Rejection) -> (
        events: [CoordinatorEvent], schedule: [ScheduledMutation<CoordinatorMachine>]
    ) {
        guard let index = registration.terminalIndex,
            TerminalTransition(of: stream, to: index) == .terminates
        else { return ([], []) }
        return (
            [.streamTerminated(stream: stream.id, index: index, at: now)],
            [DispatchArchival.afterTermination(of: stream, at: now, registration.timers)]
        )
    }
}

/// What became of a part of a bundle that was not refused.
package enum DeliveryOutcome: Hashable, Sendable {
    /// `duplicates` were held already: the first bytes win.
    case stored(new: Int, duplicates: Int)
    /// Taken without effect, so that the sender does not repeat it.
    case dropped(DropReason)
}

/// Why a part was taken without effect.
package enum DropReason: String, Sendable {
    case secretMismatch = "the secret is not the prefix's"
    case purged = "the stream is purged"
    case archived = "the stream is archived: its data comes too late"
}
