// Taking names apart and putting them together. None of it checks what it is given.

extension Names {
    /// `name` without slashes at its ends.
    package static func trimmed(_ name: String) -> String {
        let start = name.drop { $0 == "/" }
        let reversed = start.reversed().drop { $0 == "/" }
        return String(reversed.reversed())
    }

    /// The parts between the slashes; none of an empty name.
    package static func segments(of name: String) -> [String] {
        guard !name.isEmpty else { return [] }
        return name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    /// All names that `name` lies under, innermost first, each with its closing slash; the last is
    /// the empty one.
    package static func namespaces(of name: String) -> [String] {
        var namespaces: [String] = []
        var rest = name[...]
        while let slash = rest.lastIndex(of: "/") {
            namespaces.append(String(name[...slash]))
            rest = rest[..<slash]
        }
        return namespaces + [""]
    }

    /// Cuts the last segment off; all of it, if no other stands before it.
    package static func splitLast(_ name: String) -> (rest: String, last: String) {
        guard let slash = name.lastIndex(of: "/"), slash > name.startIndex else {
            return ("", name)
        }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }
}

extension StreamPath {
    /// The text of a path from halves that may still have slashes at their ends.
    package static func joined(prefix: String, name: String) -> String {
        "\(Names.trimmed(prefix))/+/\(Names.trimmed(name))"
    }
}
