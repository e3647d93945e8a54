import ByteCoding
import Journal
import Platform
import Tumble

/// A deadline: streams of a deleted prefix leave for good, at most `pieceLimit` at a time.
package struct RemoveStreams: Hashable, Sendable {
    /// The most streams that one piece removes.
    package static let pieceLimit = 1000
    /// Between two pieces, so that a prefix of a million streams holds nobody up.
    package static let pause = Duration.milliseconds(10)

    package var prefix: PrefixID
    package var reason: RemovalReason

    package init(of prefix: PrefixID, reason: RemovalReason) {
        self.prefix = prefix
        self.reason = reason
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        // Age is a matter of `ExpireStreams`; journals of earlier versions have these pending.
        guard reason == .prefixDeleted else { return Decision(reply: .nothing) }
        guard let owner = state.prefixes[prefix] else { throw .prefixNotFound }
        let all = state.streamIDs(of: prefix)
        // What an archivist holds stays until its lease ends: its report must not be taken for
        // one of a new stream of the same path.
        var piece: [StreamID] = []
        var heldUntil: Timestamp?
        for id in all.reversed() {
            guard piece.count < Self.pieceLimit else { break }
            if let lease = state.tasks.leaseEnd(of: id) {
                heldUntil = max(heldUntil ?? lease, lease)
            } else {
                piece.append(id)
            }
        }
        piece.reverse()
        let isLast = piece.count == all.count
        let takesPrefix = isLast && owner.deleted != nil
        var events: [CoordinatorEvent] = []
        let tasks = piece.flatMap { state.tasks.ids(of: $0) }
        if !tasks.isEmpty { events.append(.archivalDeleted(tasks: tasks)) }
        if !piece.isEmpty || takesPrefix {
            events.append(
                .streamsRemoved(prefix: prefix, streams: piece, prefixToo: takesPrefix))
        }
        let next = piece.isEmpty ? heldUntil : now.adding(Self.pause)
        let again = isLast ? nil : next.map { scheduled(due: $0) }
        let removals = RemoveArchives.scheduled(
            after: piece.compactMap { state.streams[$0] }, of: prefix, at: now)
        return Decision(
            events: events, schedule: removals + (again.map { [$0] } ?? []),
            cancel: piece.flatMap { DispatchArchival.names(of: $0) }, reply: .nothing)
    }

    func scheduled(due: Timestamp) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .removeStreams(self), root: MutationRoot(rawValue: prefix.record.rawValue),
            name: Self.name(of: prefix, reason), due: due)
    }

    static func name(of prefix: PrefixID, _ reason: RemovalReason) -> MutationName {
        let verb = reason == .expired ? "expire" : "remove"
        return MutationName(rawValue: "\(verb)-streams-\(prefix.record)")
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(reason.rawValue)
        bytes.appendVarint(prefix.record.rawValue)
    }

    init(decoding reader: inout ByteReader) throws {
        guard let reason = RemovalReason(rawValue: try reader.byte()) else {
            throw Misfit("streams are removed for a reason that is not known")
        }
        self.reason = reason
        prefix = PrefixID(record: RecordNumber(rawValue: try reader.varint()))
    }
}

/// Why streams are removed.
package enum RemovalReason: UInt8, Sendable {
    /// They were registered too long ago: how earlier versions let them go.
    case expired = 1
    /// Somebody deleted their prefix.
    case prefixDeleted = 2
}
