import Coordinator
import LogDogModel
import Platform

/// Where the next page of a query begins: strictly after the last hit of the page before.
package enum QueryToken: Hashable, Sendable {
    /// In a search of one prefix, whose hits ascend by hash.
    case after(HashID)
    /// In a search of a project, whose hits come newest first; of one time, the later registered
    /// first.
    case before(created: Timestamp, StreamID)

    /// The one that follows `stream` in the order of `search`.
    package init(following stream: StreamState, in search: StreamSearch) {
        self =
            switch search {
            case .names: .after(stream.hash)
            case .paths: .before(created: stream.created, stream.id)
            }
    }

    /// Whether `stream` comes later.
    func precedes(_ stream: StreamState) -> Bool {
        switch self {
        case .after(let hash): stream.hash > hash
        case .before(let created, let id): (stream.created, stream.id) < (created, id)
        }
    }
}
