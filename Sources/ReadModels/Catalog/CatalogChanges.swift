import Coordinator
import Journal
import Platform
import Tumble

/// A mutation that waits for its time, as the catalog keeps it.
package typealias CoordinatorPending = PendingMutation<CoordinatorMachine>

/// How far the catalog has come, and what the processor was like there.
package struct CatalogCheckpoint: Hashable, Sendable {
    /// Every record up to this one is in the catalog.
    package var reached: RecordNumber
    /// The time of the commit that ended there.
    package var time: Timestamp
    /// The sum over all entities there.
    package var digest: StateDigest
    /// How many streams are not archived.
    package var openStreams: Int

    package init(
        reached: RecordNumber, time: Timestamp, digest: StateDigest, openStreams: Int
    ) {
        self.reached = reached
        self.time = time
        self.digest = digest
        self.openStreams = openStreams
    }
}

/// What one or more consecutive commits change in the catalog, the last word on each row.
///
/// A row that is written several times costs one write; appends cost none.
package struct CatalogChanges: Sendable {
    package var prefixes: [PrefixID: PrefixState] = [:]
    package var streams: [StreamID: StreamState] = [:]
    /// None of them is in `prefixes` or `streams`: what has gone never comes back.
    package var removedPrefixes: Set<PrefixID> = []
    package var removedStreams: Set<StreamID> = []
    /// Nil for a task that is gone.
    package var tasks: [TaskID: ArchiveTask?] = [:]
    package var scheduled: [RecordNumber: CoordinatorPending] = [:]
    /// Pending mutations that fired, were cancelled or were replaced.
    package var settled: Set<RecordNumber> = []
    /// Segments that came to hold entries, by first record.
    package var segments: Set<RecordNumber> = []
    /// The configuration that came into force; nil if it stayed.
    package var configuration: ConfigurationState?
    /// Whether retention stands still; nil if that stayed.
    package var retention: RetentionState?
    package var checkpoint: CatalogCheckpoint
    /// How many journaled events this stands for; what lag is counted in.
    package var eventCount = 0

    package init(checkpoint: CatalogCheckpoint) { self.checkpoint = checkpoint }

    /// Puts `later` on top of what is here.
    package mutating func merge(_ later: CatalogChanges) {
        precondition(
            later.checkpoint.reached >= checkpoint.reached,
            "the catalog takes commits in the order of their records")
        prefixes.merge(later.prefixes) { _, new in new }
        streams.merge(later.streams) { _, new in new }
        for id in later.removedPrefixes { prefixes[id] = nil }
        for id in later.removedStreams { streams[id] = nil }
        removedPrefixes.formUnion(later.removedPrefixes)
        removedStreams.formUnion(later.removedStreams)
        tasks.merge(later.tasks) { _, new in new }
        for (id, mutation) in later.scheduled { schedule(mutation, id: id) }
        for id in later.settled { settle(id) }
        segments.formUnion(later.segments)
        configuration = later.configuration ?? configuration
        retention = later.retention ?? retention
        checkpoint = later.checkpoint
        eventCount += later.eventCount
    }

    mutating func schedule(_ mutation: CoordinatorPending, id: RecordNumber) {
        scheduled[id] = mutation
    }

    /// A record number is scheduled once, so that what is settled never comes back.
    mutating func settle(_ id: RecordNumber) {
        scheduled[id] = nil
        settled.insert(id)
    }
}

/// Everything that stands in a catalog.
package struct CatalogContents: Sendable {
    package var checkpoint: CatalogCheckpoint
    /// Ascending by record number, like all lists here.
    package var prefixes: [PrefixState] = []
    package var streams: [StreamState] = []
    package var tasks: [ArchiveTask] = []
    package var pending: [CoordinatorPending] = []
    /// The segments that hold entries, by first record.
    package var segments: [RecordNumber] = []
    /// The configuration in force; nil if there was never one.
    package var configuration: ConfigurationState?
    /// Whether retention stands still; nil if nobody ever said.
    package var retention: RetentionState?
    /// Whether finished families are among the rows as well.
    package var isWhole = true

    package init(checkpoint: CatalogCheckpoint) { self.checkpoint = checkpoint }

    /// What is left without the families that are finished and have been for `grace`.
    package func warm(grace: Duration) -> CatalogContents {
        let streamsByPrefix = Dictionary(grouping: streams, by: \.prefix)
        let tasked = Set(tasks.map(\.stream))
        var warm = self
        warm.prefixes = prefixes.filter { prefix in
            let streams = streamsByPrefix[prefix.id] ?? []
            return streams.contains { tasked.contains($0.id) }
                || !Family.isFinished(prefix, streams, at: checkpoint.time, grace: grace)
        }
        let kept = Set(warm.prefixes.map(\.id))
        warm.streams = streams.filter { kept.contains($0.prefix) }
        warm.isWhole = false
        return warm
    }
}
