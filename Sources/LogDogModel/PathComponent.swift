/// A fact about the segments of a path, by which the classic dialect finds streams
/// (`spec/rpc.md §6`).
///
/// Written as the original wrote it into its index: `PF:0:foo` says that the prefix begins with the
/// segment `foo`, `NR:1:bar` that the last but one segment of the name is `bar`, `PC:2` that the
/// prefix has two segments.
package struct PathComponent: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Which half of a path.
    package enum Half: String, Sendable {
        case prefix = "P"
        case name = "N"
    }

    package let description: String

    /// How many segments the half has.
    package static func count(_ half: Half, _ count: Int) -> PathComponent {
        PathComponent(description: "\(half.rawValue)C:\(count)")
    }

    /// Which segment stands at a place counted from the front, from 0.
    package static func front(_ half: Half, _ place: Int, _ segment: some StringProtocol)
        -> PathComponent
    {
        PathComponent(description: "\(half.rawValue)F:\(place):\(segment)")
    }

    /// Which segment stands at a place counted from the back, from 0.
    package static func back(_ half: Half, _ place: Int, _ segment: some StringProtocol)
        -> PathComponent
    {
        PathComponent(description: "\(half.rawValue)R:\(place):\(segment)")
    }

    /// Everything that holds of `path`.
    package static func all(of path: StreamPath) -> [PathComponent] {
        all(of: path.prefix, .prefix) + all(of: path.name, .name)
    }

    private static func all(of text: String, _ half: Half) -> [PathComponent] {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        return segments.enumerated().reduce(into: [.count(half, segments.count)]) { all, item in
            all.append(.front(half, item.offset, item.element))
            all.append(.back(half, segments.count - 1 - item.offset, item.element))
        }
    }

    package static func < (left: PathComponent, right: PathComponent) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
