/// What is wrong with a name, a tag or a path.
package enum NameError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    /// Longer than `limit` bytes.
    case tooLong(limit: Int)
    case emptySegment
    /// A segment does not begin with a letter or digit.
    case badFirstCharacter
    case badCharacter
    /// A path without `/+/`.
    case noSeparator

    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let limit): "it is longer than \(limit) bytes"
        case .emptySegment: "a part between slashes is empty"
        case .badFirstCharacter: "a part does not begin with a letter or a digit"
        case .badCharacter: "it holds a character that names cannot have"
        case .noSeparator: "there is no /+/ in it"
        }
    }
}

/// The grammar of LogDog's names (`spec/lifecycle.md §8`).
package enum Names {
    /// Of a prefix, and of a name: each on its own.
    package static let streamNameLimit = 4096
    /// In bytes.
    package static let tagKeyLimit = 64
    /// In bytes; a value may be empty and hold anything.
    package static let tagValueLimit = 4096
    /// In bytes.
    package static let shortRealmLimit = 400

    /// Prefixes, names and tag keys.
    package static func check(streamName: String) throws(NameError) {
        guard !streamName.isEmpty else { throw .empty }
        guard streamName.utf8.count <= streamNameLimit else {
            throw .tooLong(limit: streamNameLimit)
        }
        var isFirst = true
        for byte in streamName.utf8 {
            if byte == UInt8(ascii: "/") {
                guard !isFirst else { throw .emptySegment }
                isFirst = true
                continue
            }
            if isFirst {
                guard isAlphanumeric(byte) else { throw .badFirstCharacter }
                isFirst = false
            } else {
                guard isAlphanumeric(byte) || ":_-.".utf8.contains(byte) else {
                    throw .badCharacter
                }
            }
        }
        guard !isFirst else { throw .emptySegment }
    }

    /// A small letter, then small letters, digits, `-` and `_`; of any length.
    package static func check(projectName: String) throws(NameError) {
        guard let first = projectName.utf8.first else { throw .empty }
        guard isLowerCase(first) else { throw .badFirstCharacter }
        for byte in projectName.utf8 {
            guard isLowerCase(byte) || isDigit(byte) || "-_".utf8.contains(byte) else {
                throw .badCharacter
            }
        }
    }

    /// A realm of a project, without the project.
    package static func check(shortRealm: String) throws(NameError) {
        if ["@root", "@legacy", "@project"].contains(shortRealm) { return }
        guard !shortRealm.isEmpty else { throw .empty }
        guard shortRealm.utf8.count <= shortRealmLimit else {
            throw .tooLong(limit: shortRealmLimit)
        }
        for byte in shortRealm.utf8 {
            guard isLowerCase(byte) || isDigit(byte) || "_.-/".utf8.contains(byte) else {
                throw .badCharacter
            }
        }
    }

    /// The key is a short stream name; of the value only the length counts.
    package static func checkTag(key: String, value: String) throws(NameError) {
        guard key.utf8.count <= tagKeyLimit else { throw .tooLong(limit: tagKeyLimit) }
        try check(streamName: key)
        guard value.utf8.count <= tagValueLimit else { throw .tooLong(limit: tagValueLimit) }
    }

    /// Whether a text is a topic name that current clients take as `log_bundle_topic`.
    package static func isTopic(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "projects", parts[2] == "topics" else { return false }
        return !parts[1].isEmpty && isTopicPart(parts[3])
    }

    private static func isTopicPart(_ part: Substring) -> Bool {
        guard (3...255).contains(part.utf8.count), let first = part.utf8.first,
            isLowerCase(first) || isUpperCase(first), !part.hasPrefix("goog")
        else { return false }
        return part.utf8.allSatisfy { isAlphanumeric($0) || "-_.~+%".utf8.contains($0) }
    }

    /// A name made from free text: what is not allowed becomes `_`, and a segment that does not
    /// begin with a letter or digit gets `fill` before it.
    package static func makeStreamName(
        fill: String, segments: [String]
    ) throws(NameError) -> String {
        let made = segments.map { segment -> String in
            let bytes = segment.utf8.map { byte in
                isAlphanumeric(byte) || ":_-.".utf8.contains(byte) ? byte : UInt8(ascii: "_")
            }
            let needsFill = bytes.first.map { !isAlphanumeric($0) } ?? true
            return (needsFill ? fill : "") + String(decoding: bytes, as: UTF8.self)
        }
        let name = made.joined(separator: "/")
        try check(streamName: name)
        return name
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerCase(byte) || isUpperCase(byte) || isDigit(byte)
    }
    private static func isLowerCase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
    private static func isUpperCase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
