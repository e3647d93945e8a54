/// How much of a stream one read may return (`spec/rpc.md` §3.3).
package struct ReadLimits: Hashable, Sendable {
    /// The most bytes that one read returns beyond its first entry.
    package static let mostBytes = 16 * 1024 * 1024

    /// At most this many entries; nil for no limit, zero for none at all.
    package let count: Int?
    /// At most this many bytes of serialized entries; the first entry goes whatever its length.
    package let bytes: Int
    /// Whether the read goes on behind holes.
    package let nonContiguous: Bool

    /// Takes the fields of a `GetRequest` as they stand on the wire.
    ///
    /// - Parameters:
    ///   - logCount: below zero no entries are returned, zero means no limit.
    ///   - byteCount: what is not above zero, or above `mostBytes`, means `mostBytes`.
    package init(logCount: Int = 0, byteCount: Int = 0, nonContiguous: Bool = false) {
        count = logCount == 0 ? nil : max(logCount, 0)
        bytes = (1...Self.mostBytes).contains(byteCount) ? byteCount : Self.mostBytes
        self.nonContiguous = nonContiguous
    }
}
