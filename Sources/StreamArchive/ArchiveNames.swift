import Crypto
import Foundation
import LogDogModel

/// The names of the objects of an archive.
package struct ArchiveNames: Hashable, Sendable {
    package let entries: ObjectName
    package let index: ObjectName

    /// Names that are known already.
    package init(entries: ObjectName, index: ObjectName) {
        self.entries = entries
        self.index = index
    }

    /// The names for a stream: its project, its path, and then what tells it from others that had
    /// or will have the same path. A path too long for 1024 bytes is shortened.
    ///
    /// - Parameters:
    ///   - identity: what no other stream has, such as the record number of the registration; of
    ///     letters and digits.
    ///   - version: 1, or more when objects of other content have the names before.
    package init(project: String, path: StreamPath, identity: String, version: Int) {
        let mark = "~\(identity)" + (version == 1 ? "" : ".\(version)")
        func name(_ file: String) -> ObjectName? {
            let tail = "\(mark).\(file)"
            let room = ObjectName.limit - tail.utf8.count - 1
            let plain = "\(project)/\(path.prefix)/+/\(path.name)"
            if plain.utf8.count <= room { return ObjectName("\(plain)/\(tail)") }
            // No stream name begins with `~`, so this collides with none.
            let hash = Self.hash(plain).prefix(43)
            return ObjectName("\(project.prefix(100))/~long/\(hash)/\(tail)")
        }
        guard let entries = name(ArchiveFormat.entriesFile),
            let index = name(ArchiveFormat.indexFile)
        else { preconditionFailure("names of projects and streams are made of printable ASCII") }
        self.entries = entries
        self.index = index
    }

    /// Whether an object is part of an archive of a stream: written by the archivist of its server,
    /// which knows the stream by `identity`, or by another one, which knew its task (`t…`).
    package static func isOf(
        _ path: StreamPath, in project: String, identity: String, _ name: ObjectName
    ) -> Bool {
        guard let mark = mark(of: name), mark.identity == identity || mark.identity.hasPrefix("t")
        else { return false }
        return mark.isIn(project, path, name)
    }

    /// Whether an object has a name that this program gives, and not to that stream.
    package static func isOfAnother(
        than path: StreamPath, in project: String, _ name: ObjectName
    ) -> Bool {
        mark(of: name).map { !$0.isIn(project, path, name) } ?? false
    }

    /// What the last segment of a name says.
    private struct Mark {
        let identity: String
        let version: Int

        func isIn(_ project: String, _ path: StreamPath, _ name: ObjectName) -> Bool {
            let names = ArchiveNames(
                project: project, path: path, identity: identity, version: version)
            return name == names.entries || name == names.index
        }
    }

    /// Nil for a name that is not one of ours.
    private static func mark(of name: ObjectName) -> Mark? {
        guard let last = name.segments.last, last.first == "~" else { return nil }
        let files = [ArchiveFormat.entriesFile, ArchiveFormat.indexFile]
        guard let file = files.first(where: { last.hasSuffix(".\($0)") }) else { return nil }
        let parts = last.dropFirst().dropLast(file.utf8.count + 1).split(separator: ".")
        guard let identity = parts.first, parts.count <= 2,
            identity.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x74 })
        else { return nil }
        let version = parts.count == 2 ? Int(parts[1]) : 1
        return version.map { Mark(identity: String(identity), version: $0) }
    }

    /// The unpadded URL-safe base64 of a SHA-256.
    static func hash(_ text: String) -> String {
        Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// Where the original's archivist puts its objects (`spec/formats.md §3.7`), for people who bring
/// archives along.
package struct OriginalArchiveNames: Hashable, Sendable {
    package let stagedEntries: String
    package let stagedIndex: String
    package let finalEntries: String
    package let finalIndex: String

    private static let limit = 1024
    private static let cut = "-TRUNCATED-"

    /// - Parameters: bases have the form `gs://bucket/service`.
    /// - Returns: nil if the path is too long and its name too short to be cut.
    package init?(staging: String, final: String, project: String, path: StreamPath) {
        func joined(_ parts: String...) -> String {
            parts.map { part in
                String(part.reversed().drop { $0 == "/" }.reversed())
            }.filter { !$0.isEmpty }.joined(separator: "/")
        }
        func bucketless(_ url: String) -> Int {
            let rest = url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.dropFirst()
            return rest.utf8.count
        }
        func staged(_ name: String, _ file: String) -> String {
            joined(staging, project, "p", ArchiveNames.hash(path.prefix), "+", name, file)
        }
        func finally(_ name: String, _ file: String) -> String {
            joined(final, project, path.prefix, "+", name, file)
        }
        let file = ArchiveFormat.entriesFile
        let length = max(bucketless(staged(path.name, file)), bucketless(finally(path.name, file)))
        var name = path.name
        if length > Self.limit {
            let suffix = Self.cut + ArchiveNames.hash(path.name).prefix(16)
            let room = name.utf8.count - (length - Self.limit) - suffix.utf8.count
            guard room >= 0 else { return nil }
            name = name.prefix(room) + suffix
        }
        stagedEntries = staged(name, file)
        stagedIndex = staged(name, ArchiveFormat.indexFile)
        finalEntries = finally(name, file)
        finalIndex = finally(name, ArchiveFormat.indexFile)
    }
}
