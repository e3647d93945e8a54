import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import Tumble

/// Everything that can be read: what services, pages and tools ask.
///
/// A value that is cheap to copy. What it shows is durable, and everything that was acknowledged
/// is shown: `prefix`, `stream`, `entries`, `tail` and `follow` see it at once, `query` waits for
/// the catalog.
package struct ReadModel: Sendable {
    let hot: HotModel
    let entryReader: EntryReader
    let catalog: any Catalog
    /// What is not in memory.
    package let families: CatalogFamilies
    let follower: CatalogFollower
    let threads: ReaderThreads
    package let archives: ArchiveShelf
    /// Threads of their own, since a store may be slow.
    let archiveThreads: ReaderThreads
    let remover: ArchiveRemover
    /// Reads whole streams without driving out of memory what readers use.
    let archivalReader: EntryReader
    let locationRecovery: LocationRecovery

    private static let archivalCacheBytes = 16 << 20
    private static let archiveThreadCount = 4

    init(
        _ catalog: any Catalog, _ snapshot: Snapshot<CoordinatorMachine>, reader: JournalReader,
        machine: CoordinatorMachine, options: StoreOptions, entriesRemoved: Set<UInt64> = []
    ) {
        self.catalog = catalog
        let follower = CatalogFollower(following: catalog, from: snapshot.reached)
        self.follower = follower
        families = CatalogFamilies(catalog) { follower.status.reached }
        hot = HotModel(
            machine: machine, snapshot: snapshot, families: families,
            recentCapacity: options.recentBytes)
        locationRecovery = LocationRecovery(reader: reader, hot: hot)
        follower.afterEach { [weak hot, grace = options.grace] reached in
            hot?.sweep(kept: reached, grace: grace)
        }
        entryReader = EntryReader(
            hot, reader: reader, machine: machine, options: options, removed: entriesRemoved)
        threads = ReaderThreads(count: options.readerThreads)
        archives = ArchiveShelf(options.archives)
        archiveThreads = ReaderThreads(count: Self.archiveThreadCount)
        remover = ArchiveRemover(archives, archiveThreads)
        archivalReader = EntryReader(
            locations: entryReader.locations,
            blocks: EntryBlocks(
                reader: reader, machine: machine, capacity: Self.archivalCacheBytes),
            footers: entryReader.footers)
    }

    /// Sends home who waits, brings the catalog up to what was published, and closes it.
    func stop() async {
        hot.stop()
        await withCheckedContinuation { done in
            // Ending waits for threads, which the shared pool must not.
            let ending = Thread { [follower, threads, archiveThreads, catalog] in
                follower.stop()
                threads.stop()
                archiveThreads.stop()
                catalog.close()
                done.resume()
            }
            ending.start()
        }
    }

    /// The last record that readers see.
    package var published: RecordNumber { hot.published }

    /// Blocks until all that was published is in the catalog, or the catalog refused it.
    package func flushCatalog() { follower.flush() }

    /// How many archivals have come due and are not done, and since when the oldest waits.
    package var archivalBacklog: (tasks: Int, since: Timestamp?) { hot.archivalBacklog }

    /// How far the catalog is.
    package var catalogStatus: CatalogStatus { follower.status }

    /// Waits while the catalog is far behind, a tenth of a second at most: what services call
    /// before they submit a registration, so that rows are not made faster than they are kept.
    package func paceRegistration() async {
        let status = follower.status
        guard status.isSlowing else { return }
        do throws(ReadError) {
            try await follower.wait(until: status.newest, deadline: .now + .milliseconds(100))
        } catch {
            // It is still behind, or going down: the registration goes on, later than it would.
            return
        }
    }
}

// Entries.
extension ReadModel {
    /// Entries from `index` on (`spec/rpc.md` §3.3). Blocks the calling thread while it reads from
    /// disk: not for tasks of the shared pool, which get the asynchronous form.
    package func entries(
        of stream: StreamID, from index: Int64, limits: ReadLimits
    ) throws(ReadError) -> EntryPage {
        if let archived = try archived(stream) {
            return try entries(of: archived, from: index, limits: limits)
        }
        return try entryReader.entries(of: stream, from: index, limits: limits)
    }

    /// Entries from `index` on (`spec/rpc.md` §3.3); what is in memory is returned at once, for
    /// the rest a reader thread goes to the disk.
    package func entries(
        of stream: StreamID, from index: Int64, limits: ReadLimits
    ) async throws(ReadError) -> EntryPage {
        if let archived = try await archived(stream) {
            return try await archiveThreads.run { () throws(ReadError) in
                try entries(of: archived, from: index, limits: limits)
            }
        }
        let atHand = try entryReader.read(stream, from: index, limits: limits, source: .memory)
        guard atHand.missed else { return atHand.page }
        return try await fromStorage(stream, from: index, limits: limits)
    }

    /// The last entry of the run that starts at index 0; nil if index 0 is not there. Of an archived
    /// stream the last entry (`spec/rpc.md` §4). Blocks like the blocking `entries`.
    package func tail(of stream: StreamID) throws(ReadError) -> StoredEntry? {
        if let archived = try archived(stream) { return try last(of: archived) }
        guard let index = tailIndex(of: stream) else { return nil }
        return try entries(of: stream, from: index, limits: ReadLimits(logCount: 1)).entries.first
    }

    /// The last entry of the run that starts at index 0; nil if index 0 is not there.
    package func tail(of stream: StreamID) async throws(ReadError) -> StoredEntry? {
        if let archived = try await archived(stream) {
            return try await archiveThreads.run { () throws(ReadError) in
                try last(of: archived)
            }
        }
        guard let index = tailIndex(of: stream) else { return nil }
        let page = try await entries(
            of: stream, from: index, limits: ReadLimits(logCount: 1))
        return page.entries.first
    }

    /// The stored entries of `stream` from `index` on, and then the new ones, until its end.
    package func follow(_ stream: StreamID, from index: UInt64) -> TailSubscription {
        TailSubscription(model: self, stream: stream, first: index)
    }

    private func tailIndex(of stream: StreamID) -> Int64? {
        hot.stream(stream)?.received.contiguousThrough.map { Int64(clamping: $0) }
    }

    /// What is in memory from `index` on, or what is on disk if that begins there.
    func entriesAtHand(
        of stream: StreamID, from index: UInt64, limits: ReadLimits
    ) async throws(ReadError) -> [StoredEntry] {
        let index = Int64(clamping: index)
        if try await archived(stream) != nil {
            return try await entries(of: stream, from: index, limits: limits).entries
        }
        let atHand = try entryReader.read(stream, from: index, limits: limits, source: .memory)
        guard atHand.missed, atHand.page.entries.isEmpty else { return atHand.page.entries }
        return try await fromStorage(stream, from: index, limits: limits).entries
    }

    private func fromStorage(
        _ stream: StreamID, from index: Int64, limits: ReadLimits
    ) async throws(ReadError) -> EntryPage {
        try await threads.run { () throws(ReadError) in
            try entryReader.entries(of: stream, from: index, limits: limits)
        }
    }
}

// Queries.
extension ReadModel {
    /// One page of the streams that match (`spec/rpc.md` §5, §6); empty if the prefix of a search
    /// for names is not there.
    ///
    /// Sees everything that was acknowledged before it was asked: it waits for the catalog, until
    /// `deadline` at most. Costs what `CatalogSchema` says of the filters.
    package func query(
        _ query: StreamQuery, deadline: ContinuousClock.Instant
    ) async throws(ReadError) -> QueryPage {
        var prefix: PrefixID?
        if case .names(let pattern) = query.search {
            let hash = HashID.ofPrefix(pattern.prefix)
            prefix = try await self.prefix(project: query.project, hash: hash)?.id
            guard prefix != nil else { return QueryPage(hits: [], next: nil) }
        }
        try await follower.wait(until: hot.published, deadline: deadline)
        let catalog = catalog
        let question = CatalogQuery(query, prefix: prefix, deadline: deadline)
        let page = try await threads.run { () throws(ReadError) in
            do throws(CatalogError) {
                return try catalog.query(question)
            } catch {
                throw error == .late ? .late : .catalog(error)
            }
        }
        let next =
            page.isFull ? page.hits.last.map { QueryToken(following: $0, in: query.search) } : nil
        // What a deleted prefix left behind is in the catalog until it is cleaned up.
        return QueryPage(hits: page.hits.filter { hot.shows($0) }, next: next)
    }
}
