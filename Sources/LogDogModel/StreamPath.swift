/// Where a stream is inside its project: `<prefix>/+/<name>`.
package struct StreamPath: Hashable, Sendable {
    /// The half before the separator.
    package let prefix: String
    /// The half behind the separator.
    package let name: String

    /// Takes halves that are known to be valid.
    package init(prefix: String, name: String) {
        self.prefix = prefix
        self.name = name
    }

    /// Takes a whole path with two valid halves.
    package init(parsing text: String) throws(NameError) {
        let parts = Self.split(text)
        guard parts.hasSeparator else { throw .noSeparator }
        try Names.check(streamName: parts.prefix)
        try Names.check(streamName: parts.name)
        self.init(prefix: parts.prefix, name: parts.name)
    }

    /// As it is written.
    package var text: String { "\(prefix)/+/\(name)" }
    /// The stream's id. Hashes anew at each call.
    package var hash: HashID { .ofStream(prefix: prefix, name: name) }

    /// Splits at the first segment that is exactly `+`; without one everything is prefix.
    package static func split(
        _ text: String
    ) -> (prefix: String, hasSeparator: Bool, name: String) {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let separator = segments.firstIndex(of: "+") else { return (text, false, "") }
        return (
            segments[..<separator].joined(separator: "/"), true,
            segments[(separator + 1)...].joined(separator: "/")
        )
    }
}

/// A stream of some server: `logdog://<host>/<project>/<path>`, or `<project>/<path>` on a server
/// that is named elsewhere.
package struct StreamAddress: Hashable, Sendable {
    /// Nil if the text did not name one.
    package let host: String?
    /// A valid project name.
    package let project: String
    /// Where the stream is in its project.
    package let path: StreamPath

    /// Takes parts that are known to be valid.
    package init(host: String? = nil, project: String, path: StreamPath) {
        self.host = host
        self.project = project
        self.path = path
    }

    /// Takes both forms; `noSeparator` also says that host or project is missing.
    package init(parsing text: String) throws(NameError) {
        var rest = text[...]
        var host: String?
        let scheme = "logdog://"
        if rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex else {
                throw .noSeparator
            }
            host = String(rest[..<slash])
            rest = rest[rest.index(after: slash)...]
        }
        guard let slash = rest.firstIndex(of: "/") else { throw .noSeparator }
        project = String(rest[..<slash])
        try Names.check(projectName: project)
        path = try StreamPath(parsing: String(rest[rest.index(after: slash)...]))
        self.host = host
    }
}
