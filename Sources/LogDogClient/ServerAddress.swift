/// Where a server is.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// A bearer token that goes with every request; never shown.
    package var token: String?

    /// Takes `http://HOST[:PORT]` or `HOST[:PORT]`; nil for anything else.
    package init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty, !rest.contains("/") else { return nil }
        guard let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else {
            host = String(rest)
            port = 80
            return
        }
        guard let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port),
            colon > rest.startIndex
        else { return nil }
        host = String(rest[..<colon])
        self.port = port
    }

    package var description: String { "http://\(host):\(port)" }
}
