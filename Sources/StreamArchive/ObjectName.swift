/// The name of an object inside a store: segments joined by `/`.
package struct ObjectName: Hashable, Sendable, CustomStringConvertible {
    /// What every S3-compatible service takes.
    package static let limit = 1024

    package let rawValue: String

    /// Nil unless there are segments, none of them empty, `.` or `..`, of printable ASCII, and
    /// 1024 bytes at most.
    package init?(_ text: String) {
        guard (1...Self.limit).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({
                !["", ".", ".."].contains($0)
            })
        else { return nil }
        rawValue = text
    }

    package var description: String { rawValue }

    package var segments: [Substring] { rawValue.split(separator: "/") }
}
