import Coordinator

/// The entries of a stream from an index on, as they become durable, until its end.
///
/// Stored entries come first, without a gap or a repeat where the live ones begin. Entries come in
/// index order: behind a hole nothing comes until it is filled. The sequence ends after the
/// terminal index, when the stream is purged or gone, and when the task is cancelled.
///
/// A subscription holds no queue that could overflow: it remembers an index, and reads on from
/// there when it is asked and there is more. One that is quick finds the entries in memory, a slow
/// one reads them from disk.
package struct TailSubscription: AsyncSequence, Sendable {
    package typealias Element = StoredEntry
    package typealias Failure = ReadError

    let model: ReadModel
    let stream: StreamID
    let first: UInt64

    package func makeAsyncIterator() -> TailIterator {
        TailIterator(model: model, stream: stream, next: first)
    }
}

/// A place in a stream that moves on.
package struct TailIterator: AsyncIteratorProtocol {
    package typealias Element = StoredEntry
    package typealias Failure = ReadError

    /// What one look takes at most, and so what a subscriber costs in memory: 256 KiB, or one
    /// entry if that is longer.
    private static let pageLimits = ReadLimits(byteCount: 256 * 1024)
    /// Holes of an archived stream are never filled: what is behind them comes at once.
    private static let archivedLimits = ReadLimits(byteCount: 256 * 1024, nonContiguous: true)

    let model: ReadModel
    let stream: StreamID
    /// The index that is read next.
    private var next: UInt64
    private var page: ArraySlice<StoredEntry> = []

    init(model: ReadModel, stream: StreamID, next: UInt64) {
        self.model = model
        self.stream = stream
        self.next = next
    }

    /// The next entry; nil at the end.
    package mutating func next() async throws(ReadError) -> StoredEntry? {
        if page.isEmpty { page = try await nextPage()?[...] ?? [] }
        return page.popFirst()
    }

    package mutating func next(
        isolation actor: isolated (any Actor)?
    ) async throws(ReadError) -> StoredEntry? {
        try await next()
    }

    /// All entries that are there now, at least one, up to a limit; nil at the end.
    package mutating func nextPage() async throws(ReadError) -> [StoredEntry]? {
        if !page.isEmpty {
            defer { page = [] }
            return Array(page)
        }
        while !Task.isCancelled {
            // Nobody waits for an archived stream: nothing is kept of who reads it.
            let isArchived = try await model.archived(stream) != nil
            // In this order: what changes after the first look wakes the wait below.
            let version = isArchived ? 0 : model.hot.locations.watch(stream.record.rawValue)
            guard let state = try await model.stream(stream), !state.purged else { return nil }
            let end = state.terminalIndex.map(UInt64.init(clamping:))
            if let end, next > end { return nil }
            var entries = try await model.entriesAtHand(
                of: stream, from: next,
                limits: isArchived ? Self.archivedLimits : Self.pageLimits)
            if let end { entries.removeAll { $0.index > end } }
            if let last = entries.last {
                next = last.index.addingSaturated(1)
                return entries
            }
            if isArchived { return nil }
            try model.hot.checkRunning()
            await model.hot.locations.change(of: stream.record.rawValue, since: version)
        }
        return nil
    }
}
