import Coordinator
import LogDogModel

/// A property that streams are found by, as a number.
///
/// Numbers may collide: whoever finds a stream by one looks at the stream itself.
struct SearchTerm: Hashable {
    /// As the index keeps it.
    let number: Int64

    /// - Parameter scope: what the property is looked for in, if the index does not keep it.
    init(_ property: String, in scope: String = "") {
        // FNV-1a, mixed at the end.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        add(scope)
        // No name holds a line feed.
        add("\n")
        add(property)
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        number = Int64(bitPattern: hash ^ (hash >> 33))
    }
}

/// The properties of streams that a catalog has an index of.
enum SearchProperty {
    static let purged = "purged"

    static func contentType(_ type: String) -> String { "content:\(type)" }
    static func streamType(_ type: StreamType) -> String { "type:\(type.rawValue)" }
    static func prefix(_ prefix: String) -> String { "prefix:\(prefix)" }
    static func name(_ name: String) -> String { "name:\(name)" }

    /// What a stream has, wherever it is looked for, except that it is purged.
    static func own(of stream: StreamState) -> [String] {
        TagProperty.all(of: stream.descriptor.tags) + [
            contentType(stream.descriptor.contentType), streamType(stream.descriptor.streamType),
        ]
    }

    /// What it has by its path; only a search of a whole project asks for it.
    static func ofPath(of stream: StreamState) -> [String] {
        PathComponent.all(of: stream.path).map(\.description) + [
            prefix(stream.path.prefix), name(stream.path.name),
        ]
    }

    /// What every hit of `query` has, however it is filtered further.
    static func wanted(by query: StreamQuery) -> [String] {
        var wanted = query.tags.sorted { $0.key < $1.key }.map { key, value in
            value.isEmpty ? TagProperty.presence(of: key) : TagProperty.tag(key, value)
        }
        if !query.contentType.isEmpty { wanted.append(contentType(query.contentType)) }
        if let type = query.streamType { wanted.append(streamType(type)) }
        if case .alone = query.purged { wanted.append(purged) }
        if case .paths(let pattern) = query.search {
            wanted += pattern.prefix.map { [prefix($0)] } ?? []
            wanted += pattern.name.map { [name($0)] } ?? []
            wanted += pattern.components.map(\.description)
        }
        return wanted
    }
}
