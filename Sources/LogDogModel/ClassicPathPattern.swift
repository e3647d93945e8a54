/// The path expression of a classic `Query`: globs of whole segments over prefix and name
/// (`spec/rpc.md §6`).
///
/// An empty expression, and an empty half, fit everything. The quirks are the original's: around
/// `**` front and back may overlap, and a `*` beside it asserts nothing. Without a separator the
/// expression is about the prefix.
package struct ClassicPathPattern: Hashable, Sendable {
    /// The whole prefix, if the expression has one without wildcards.
    package let prefix: String?
    /// The whole name, likewise.
    package let name: String?
    /// What must hold of the segments, ascending.
    package let components: [PathComponent]

    /// Fits every path.
    package static let everything = ClassicPathPattern()

    private init() {
        prefix = nil
        name = nil
        components = []
    }

    /// Checks the whole expression.
    package init(_ expression: String) throws(PatternError) {
        let parts = StreamPath.split(expression)
        var components: [PathComponent] = []
        do throws(NameError) {
            prefix = try Self.literal(parts.prefix, .prefix, &components)
        } catch {
            throw .prefix(error)
        }
        do throws(NameError) {
            name = try Self.literal(parts.name, .name, &components)
        } catch {
            throw .name(error)
        }
        self.components = components.sorted()
    }

    /// Whether `path` fits.
    package func matches(_ path: StreamPath) -> Bool {
        guard prefix == nil || prefix == path.prefix, name == nil || name == path.name else {
            return false
        }
        return components.isEmpty || Set(components).isSubset(of: PathComponent.all(of: path))
    }

    /// The half itself if it has no wildcards; otherwise adds what its segments assert. Nil also
    /// for an empty half.
    private static func literal(
        _ text: String, _ half: PathComponent.Half, _ components: inout [PathComponent]
    ) throws(NameError) -> String? {
        guard !text.isEmpty else { return nil }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.contains(where: isWildcard) else {
            try Names.check(streamName: text)
            return text
        }
        for segment in segments where !isWildcard(segment) {
            try Names.check(streamName: String(segment))
        }
        let rest = segments.split(
            separator: "**", maxSplits: 2, omittingEmptySubsequences: false)
        // The second `**` of a half.
        guard rest.count <= 2 else { throw .badCharacter }
        if rest.count == 1 { components.append(.count(half, segments.count)) }
        for (place, segment) in rest[0].enumerated() where segment != "*" {
            components.append(.front(half, place, segment))
        }
        guard rest.count == 2 else { return nil }
        for (place, segment) in rest[1].reversed().enumerated() where segment != "*" {
            components.append(.back(half, place, segment))
        }
        return nil
    }

    private static func isWildcard(_ segment: Substring) -> Bool {
        segment == "*" || segment == "**"
    }
}
