import Platform
import Tumble

/// Retention lets streams of a prefix go, with their archives.
///
/// By identity, and by the rule that it carries: a stream that has become another since somebody
/// looked, or whose prefix is held, stays.
package struct ExpireStreams: Sendable {
    /// The most streams of one of these.
    package static let streamLimit = 1000

    package var prefix: PrefixID
    /// `streamLimit` at most; those that are not there, or not due, are passed over.
    package var streams: [StreamID]
    package var rule: ExpiryRule

    package init(of prefix: PrefixID, _ streams: [StreamID], by rule: ExpiryRule) {
        self.prefix = prefix
        self.streams = streams
        self.rule = rule
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let owner = state.prefixes[prefix], owner.deleted == nil else {
            throw .prefixNotFound
        }
        guard owner.held == nil else { throw .prefixHeld }
        guard !state.retention.isPaused else { throw .retentionPaused }
        let wanted = Set(streams.prefix(Self.streamLimit)).sorted()
        let leaving = wanted.compactMap { state.streams[$0] }.filter { stream in
            // What an archivist holds is looked at again when its lease has ended.
            stream.prefix == prefix && rule.lets(stream, goAt: now)
                && state.tasks.leaseEnd(of: stream.id) == nil
        }
        guard !leaving.isEmpty else { return Decision(reply: .expired([])) }
        let ids = leaving.map(\.id)
        let tasks = ids.flatMap { state.tasks.ids(of: $0) }
        let drops = tasks.isEmpty ? [] : [CoordinatorEvent.archivalDeleted(tasks: tasks)]
        return Decision(
            events: drops + [.streamsRemoved(prefix: prefix, streams: ids, prefixToo: false)],
            schedule: RemoveArchives.scheduled(after: leaving, of: prefix, at: now),
            cancel: ids.flatMap { DispatchArchival.names(of: $0) }, reply: .expired(ids))
    }
}

/// When a stream has been kept for long enough.
package struct ExpiryRule: Hashable, Sendable {
    /// Streams may vanish so long after their registration (`spec/lifecycle.md §4`, record life).
    package static let recordLife = Duration.seconds(540 * 86_400)

    /// From registration, whether or not it is archived.
    package var streamAge: Duration
    /// From archival; nil: as long as the stream may be kept.
    package var archiveAge: Duration?
    /// Any that is archived, to make room.
    package var makesRoom: Bool

    package init(
        streamAge: Duration = recordLife, archiveAge: Duration? = nil, makesRoom: Bool = false
    ) {
        self.streamAge = streamAge
        self.archiveAge = archiveAge
        self.makesRoom = makesRoom
    }

    func lets(_ stream: StreamState, goAt now: Timestamp) -> Bool {
        if stream.created.adding(streamAge) <= now { return true }
        guard let archive = stream.archive else { return false }
        if makesRoom { return true }
        return archiveAge.map { archive.time.adding($0) <= now } ?? false
    }
}
