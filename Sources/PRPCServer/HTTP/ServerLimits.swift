import NIOCore

/// What one connection may cost.
package struct ServerLimits: Sendable {
    /// Bytes of a request body on the wire (`spec/prpc.md §5`).
    package var bodyBytes = 64 << 20
    /// Header fields of a request; the parser bounds their bytes at 80 KiB.
    package var headerFields = 256
    /// How long a connection may stay silent while a request is wanted or half there.
    package var idleTimeout = TimeAmount.seconds(120)
    /// Connections at once; further ones are closed at once.
    package var connections = 20_000

    package init() {}
}
