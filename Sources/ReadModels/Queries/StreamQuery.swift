import Coordinator
import LogDogModel

/// Which streams of one prefix to look for (`spec/rpc.md` §5).
///
/// The caller has parsed and checked what it holds, and asked whether the prefix may be listed.
package struct StreamQuery: Sendable {
    /// The most hits of one page.
    package static let pageLimit = 500

    package var project: String
    /// The path expression: a literal prefix and a glob over the name.
    package var pattern: PathPattern
    /// Empty for any.
    package var contentType = ""
    /// Nil for any.
    package var streamType: StreamType?
    /// Each key must be there; with an empty value any value will do.
    package var tags: [String: String] = [:]
    package var purged: PurgedStreams = .hidden
    /// At most this many hits, and never more than `pageLimit`; zero or less for `pageLimit`.
    package var limit = 0
    /// Where the page before ended; nil for the first page.
    package var after: QueryToken?

    package init(project: String, pattern: PathPattern) {
        self.project = project
        self.pattern = pattern
    }
}

/// Whether purged streams are among the hits.
package enum PurgedStreams: Sendable {
    /// Only live ones.
    case hidden
    /// Live and purged ones.
    case shown
    /// Only purged ones.
    case alone
}

/// What a query found, ascending by stream hash.
package struct QueryPage: Sendable {
    package let hits: [StreamState]
    /// Set exactly when the page is full, even if nothing follows.
    package let next: QueryToken?
}

extension StreamQuery {
    /// The limit that is in force.
    package var pageLimit: Int { limit > 0 ? min(limit, Self.pageLimit) : Self.pageLimit }

    /// Whether `stream`, of the prefix that is searched, is a hit that comes after `after`.
    package func matches(_ stream: StreamState) -> Bool {
        if let after, stream.hash <= after.last { return false }
        switch purged {
        case .hidden where stream.purged, .alone where !stream.purged: return false
        default: break
        }
        guard contentType.isEmpty || contentType.hasBytes(of: stream.descriptor.contentType),
            streamType == nil || streamType == stream.descriptor.streamType,
            pattern.matches(name: stream.path.name)
        else { return false }
        return tags.allSatisfy { key, wanted in
            guard let value = stream.descriptor.tags[key] else { return false }
            return wanted.isEmpty || value.hasBytes(of: wanted)
        }
    }
}

extension String {
    /// Whether both are the same bytes; `==` also takes different spellings of a letter for equal.
    fileprivate func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
