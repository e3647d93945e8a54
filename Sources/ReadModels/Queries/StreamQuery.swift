import Coordinator
import LogDogModel
import Platform

/// Where a query looks, and in which order its hits come.
package enum StreamSearch: Hashable, Sendable {
    /// The streams of one prefix, ascending by hash (`spec/rpc.md` §5): the current dialect.
    case names(PathPattern)
    /// The streams of a project, newest first (`spec/rpc.md` §6): the classic dialect.
    case paths(ClassicPathPattern)
}

/// Which streams to look for (`spec/rpc.md` §5, §6).
///
/// The caller has parsed and checked what it holds, and asked whether the prefix may be listed.
package struct StreamQuery: Sendable {
    /// The most hits of one page.
    package static let pageLimit = 500

    package var project: String
    package var search: StreamSearch
    /// Empty for any.
    package var contentType = ""
    /// Nil for any.
    package var streamType: StreamType?
    /// Empty for any; only classic clients ask.
    package var protoVersion = ""
    /// Each key must be there; with an empty value any value will do.
    package var tags: [String: String] = [:]
    /// Created strictly later, and strictly earlier; only classic clients ask.
    package var newer: Timestamp?
    package var older: Timestamp?
    package var purged: PurgedStreams = .hidden
    /// Which prefixes of a project-wide search the caller may list, by their full realm.
    package var mayList: @Sendable (_ realm: String) -> Bool = { _ in true }
    /// At most this many hits, and never more than `pageLimit`; zero or less for `pageLimit`.
    package var limit = 0
    /// Where the page before ended; nil for the first page.
    package var after: QueryToken?

    package init(project: String, search: StreamSearch) {
        self.project = project
        self.search = search
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

/// What a query found, in the order of its search.
package struct QueryPage: Sendable {
    package let hits: [StreamState]
    /// Set exactly when the page is full, even if nothing follows.
    package let next: QueryToken?
}

extension StreamQuery {
    /// The limit that is in force.
    package var pageLimit: Int { limit > 0 ? min(limit, Self.pageLimit) : Self.pageLimit }

    /// Whether `stream`, of the prefix or project that is searched, is a hit that comes after
    /// `after`.
    package func matches(_ stream: StreamState) -> Bool {
        if let after, !after.precedes(stream) { return false }
        switch purged {
        case .hidden where stream.purged, .alone where !stream.purged: return false
        default: break
        }
        if let newer, stream.created <= newer { return false }
        if let older, stream.created >= older { return false }
        guard contentType.isEmpty || contentType.hasBytes(of: stream.descriptor.contentType),
            streamType == nil || streamType == stream.descriptor.streamType,
            protoVersion.isEmpty || protoVersion.hasBytes(of: stream.protoVersion),
            search.fits(stream.path)
        else { return false }
        return tags.allSatisfy { key, wanted in
            guard let value = stream.descriptor.tags[key] else { return false }
            return wanted.isEmpty || value.hasBytes(of: wanted)
        }
    }
}

extension StreamSearch {
    /// Whether the path is one of those looked for; of a prefix, only the name is looked at.
    func fits(_ path: StreamPath) -> Bool {
        switch self {
        case .names(let pattern): pattern.matches(name: path.name)
        case .paths(let pattern): pattern.matches(path)
        }
    }

    /// Whether a hit comes before another one.
    func ordersBefore(_ left: StreamState, _ right: StreamState) -> Bool {
        switch self {
        case .names: left.hash < right.hash
        case .paths: (left.created, left.id) > (right.created, right.id)
        }
    }
}

extension String {
    /// Whether both are the same bytes; `==` also takes different spellings of a letter for equal.
    fileprivate func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
