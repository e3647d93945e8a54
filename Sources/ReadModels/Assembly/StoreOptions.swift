import Journal
import StreamArchive
import Tumble

/// How much memory and how many threads reading may use.
package struct StoreOptions: Sendable {
    package var blockCacheBytes = EntryBlocks.defaultCapacity
    package var footerCacheBytes = SegmentFooters.defaultCapacity
    package var recentBytes = RecentEntries.defaultCapacity
    package var readerThreads = 4
    /// Where archives may be; the first one that a URL fits is asked.
    package var archives: [any ObjectStore] = []
    /// For so long a stream stays in memory after its archival.
    package var grace = Duration.seconds(86_400)
    /// A catalog up to this is read and checked as a whole at a start, with what is finished.
    package var wholeCatalogBytes = 64 << 20
    package var runner = RunnerOptions()
    package var rewriting = RewritingOptions()

    package init() {}
}

/// Why a directory could not be taken into use.
package enum StoreError: Error {
    case catalog(CatalogError)
    case journal(JournalError)
    case replay(RecoverError)
}
