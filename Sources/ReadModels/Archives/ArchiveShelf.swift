import Coordinator
import Platform
import StreamArchive

/// The archives that can be read: the stores they are in, and the indexes used lately.
///
/// All reads block the calling thread.
package final class ArchiveShelf: Sendable {
    /// An index of a gigabyte of log takes 400 KiB.
    private static let indexCacheBytes = 32 << 20
    /// So many damaged archives are remembered for healing at a time.
    private static let damagedLimit = 1000

    private struct IndexKey: Hashable {
        let url: String
        /// Counts the healings, so that an index read before is not used again.
        let generation: Int
    }

    private struct State {
        var generation = 0
        var damaged: [StreamID: String] = [:]
    }

    package let stores: [any ObjectStore]
    private let indexes = ByteCache<IndexKey, ArchiveIndex>(capacity: indexCacheBytes)
    private let state = Lock(State())

    init(_ stores: [any ObjectStore]) { self.stores = stores }

    /// The object of a URL; nil if it is in none of the stores.
    package func object(at url: String) -> StoredObject? {
        for store in stores {
            if let name = store.name(of: url) { return StoredObject(name: name, store: store) }
        }
        return nil
    }

    /// Streams whose archives could not be read as they were written, and why.
    package var damaged: [(stream: StreamID, reason: String)] {
        state.withLock { state in
            state.damaged.sorted { $0.key.record < $1.key.record }
                .map { (stream: $0.key, reason: $0.value) }
        }
    }

    /// Remembers an archive for healing; beyond a thousand they wait until somebody reads them
    /// again.
    func note(damaged stream: StreamID, _ reason: String) {
        state.withLock { state in
            guard state.damaged.count < Self.damagedLimit else { return }
            state.damaged[stream] = reason
        }
    }

    /// Says that an archive was written anew.
    package func forget(damaged stream: StreamID) {
        state.withLock { state in
            state.damaged[stream] = nil
            state.generation += 1
        }
    }

    /// One page of an archive, with the rules that live streams are read by
    /// (`spec/rpc.md §3.3`).
    ///
    /// - Throws: if the page would begin with what cannot be read.
    func entries(
        _ archive: ArchiveInfo, from index: Int64, limits: ReadLimits
    ) throws(ArchiveError) -> EntryPage {
        var page = EntryPage()
        guard archive.entryCount > 0, limits.count != 0, index >= 0 || limits.nonContiguous else {
            return page
        }
        let first = UInt64(clamping: index)
        // Without holes the distance of indexes tells how far to read. With holes it would tell
        // too little.
        let limit = limits.nonContiguous ? nil : limits.count.map(UInt64.init(clamping:))
        var next = first
        do throws(ArchiveError) {
            try reader(of: archive).read(from: first, limit: limit) { entry in
                guard limits.nonContiguous || entry.index == next,
                    page.entries.isEmpty || entry.bytes.count <= limits.bytes - page.byteCount
                else { return false }
                page.append(StoredEntry(index: entry.index, bytes: entry.bytes))
                next = entry.index.addingSaturated(1)
                return page.entries.count != limits.count
            }
        } catch {
            guard !page.entries.isEmpty else { throw error }
        }
        return page
    }

    /// The last entry; nil if there is none.
    func last(_ archive: ArchiveInfo) throws(ArchiveError) -> StoredEntry? {
        guard archive.entryCount > 0 else { return nil }
        return try reader(of: archive).last().map { StoredEntry(index: $0.index, bytes: $0.bytes) }
    }

    private func reader(of archive: ArchiveInfo) throws(ArchiveError) -> ArchiveReader {
        guard let entries = object(at: archive.stream.url) else {
            throw .missing(object: archive.stream.url)
        }
        guard let object = object(at: archive.index.url) else {
            throw .missing(object: archive.index.url)
        }
        let key = IndexKey(
            url: archive.index.url, generation: state.withLock { $0.generation })
        if let index = indexes.value(for: key) { return ArchiveReader(entries, index) }
        let index = try ArchiveIndexLoader.load(object)
        indexes.insert(index, for: key, cost: index.cost)
        return ArchiveReader(entries, index)
    }
}
