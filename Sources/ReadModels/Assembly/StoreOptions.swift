import Journal
import Tumble

/// How much memory and how many threads reading may use.
package struct StoreOptions: Sendable {
    package var blockCacheBytes = EntryBlocks.defaultCapacity
    package var footerCacheBytes = SegmentFooters.defaultCapacity
    package var recentBytes = RecentEntries.defaultCapacity
    package var readerThreads = 4
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
