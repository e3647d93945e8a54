import Journal
import LogDogModel
import Platform

/// A prefix with all its streams: what leaves memory, and comes back to it, together.
///
/// So of a prefix that is in memory every stream is, and who looks for one there finds it or knows
/// that there is none.
package struct Family: Hashable, Sendable {
    package let prefix: PrefixState
    /// Ascending by identity.
    package let streams: [StreamState]

    package init(prefix: PrefixState, streams: [StreamState]) {
        self.prefix = prefix
        self.streams = streams.sorted { $0.id < $1.id }
    }

    /// Whether nothing is expected to happen to it any more: no stream can be registered, all are
    /// archived, and have been for `grace`. Tasks are not looked at.
    package static func isFinished(
        _ prefix: PrefixState, _ streams: some Sequence<StreamState>, at now: Timestamp,
        grace: Duration
    ) -> Bool {
        prefix.deleted == nil && prefix.isExpired(at: now)
            && streams.allSatisfy { stream in
                stream.archive.map { $0.time.adding(grace) <= now } ?? false
            }
    }
}

/// What finds a family.
package enum FamilySubject: Hashable, Sendable {
    case prefix(PrefixKey)
    case prefixID(PrefixID)
    case stream(StreamKey)
    case streamID(StreamID)

    package init(_ target: StreamTarget) {
        switch target {
        case .identity(let id): self = .streamID(id)
        case .current(let key): self = .stream(key)
        }
    }
}
