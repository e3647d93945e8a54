import Platform
import StreamArchive

/// How an archivist works.
package struct ArchivistOptions: Sendable {
    /// Streams that are written at once, each by a thread of its own.
    package var workers = 2
    /// As many tasks as are taken at once.
    package var leaseLimit = 1000
    /// For how long: what was begun by an archivist that is gone comes back after this. The
    /// original's 40 minutes (`spec/rpc.md §14.3`) are meant for slower stores.
    package var lease = Duration.seconds(600)
    /// A group of objects is made durable after so many streams or so many bytes.
    package var groupStreams = 500
    package var groupBytes: UInt64 = 64 << 20
    /// How long it waits when nothing is due, at first and at most: it doubles.
    package var shortestPause = Duration.seconds(1)
    package var longestPause = Duration.seconds(32)
    /// How sparse the index is, by project.
    package var sparsity: @Sendable (String) -> IndexSparsity = { _ in .usual }

    package init() {}
}
