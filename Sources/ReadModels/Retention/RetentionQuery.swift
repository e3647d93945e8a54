import Coordinator
import Journal
import Platform

/// Asks the catalog for streams of a project that may leave, the oldest first.
package struct RetentionQuery: Hashable, Sendable {
    package var project: String
    /// Streams registered by then.
    package var createdBy: Timestamp
    /// Streams archived by then, whenever they were registered.
    package var archivedBy: Timestamp?
    /// Any that is archived.
    package var anyArchived = false
    /// Behind this one, in the order of registrations.
    package var after: RetentionCandidate?
    package var limit: Int

    package init(project: String, createdBy: Timestamp, limit: Int) {
        self.project = project
        self.createdBy = createdBy
        self.limit = limit
    }

    /// Whether a stream is asked for.
    package func wants(_ candidate: RetentionCandidate) -> Bool {
        if let after, !after.isBefore(candidate) { return false }
        if candidate.created <= createdBy { return true }
        guard let archived = candidate.archived else { return false }
        return anyArchived || archivedBy.map { archived <= $0 } ?? false
    }
}

/// A stream that retention looks at.
package struct RetentionCandidate: Hashable, Sendable {
    package let stream: StreamID
    package let prefix: PrefixID
    package let created: Timestamp
    /// Nil for one that is not archived.
    package let archived: Timestamp?
    /// Of all objects of its archive.
    package let bytes: UInt64

    package init(
        stream: StreamID, prefix: PrefixID, created: Timestamp, archived: Timestamp?,
        bytes: UInt64
    ) {
        self.stream = stream
        self.prefix = prefix
        self.created = created
        self.archived = archived
        self.bytes = bytes
    }

    init(_ stream: StreamState) {
        let objects = stream.archive.map { [$0.stream, $0.index, $0.data] } ?? []
        self.init(
            stream: stream.id, prefix: stream.prefix, created: stream.created,
            archived: stream.archive?.time, bytes: objects.reduce(0) { $0 &+ $1.size })
    }

    /// The order of candidates.
    package func isBefore(_ other: RetentionCandidate) -> Bool {
        (created, stream) < (other.created, other.stream)
    }
}

/// How much of a project is archived, what is on hold included.
package struct ArchivedTotals: Hashable, Sendable {
    package var streams = 0
    package var bytes: UInt64 = 0

    package init() {}
}

// What retention asks. All of it blocks; the rows lag behind what is published by a moment.
extension ReadModel {
    /// Projects that have streams, in order.
    package func projects() throws(CatalogError) -> [String] { try catalog.projects() }

    /// Streams that may leave, without those of prefixes that are held or deleted.
    package func candidates(
        _ query: RetentionQuery
    ) throws(CatalogError) -> [RetentionCandidate] {
        try catalog.candidates(query)
    }

    package func archived(of project: String) throws(CatalogError) -> ArchivedTotals {
        try catalog.archived(of: project)
    }

    /// Whether retention stands still.
    package var retention: RetentionState { hot.retention }

    /// What has been removed of archives.
    package var removals: ArchiveRemovalStatus { remover.status }
}
