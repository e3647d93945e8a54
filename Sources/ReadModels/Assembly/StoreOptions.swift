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
