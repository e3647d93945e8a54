import Coordinator
import Journal
import StreamArchive

// Archived streams. Who asks does not care where a stream is.
extension ReadModel {
    /// A page of an archived stream: from its archive, or, while that cannot be read, from the
    /// journal if it still holds everything that was archived.
    func entries(
        of stream: StreamState, from index: Int64, limits: ReadLimits
    ) throws(ReadError) -> EntryPage {
        try reading(stream) { archive throws(ArchiveError) in
            try archives.entries(archive, from: index, limits: limits)
        } journal: { () throws(ReadError) in
            var page = try entryReader.read(
                stream.id, from: index, limits: limits, source: .storage
            ).page
            // What lies behind the end was not archived.
            page.entries.removeAll { $0.index >= Self.end(of: stream) }
            return page
        }
    }

    func last(of stream: StreamState) throws(ReadError) -> StoredEntry? {
        try reading(stream) { archive throws(ArchiveError) in
            try archives.last(archive)
        } journal: { () throws(ReadError) in
            guard let last = stream.terminalIndex else { return nil }
            return try entryReader.read(
                stream.id, from: Int64(clamping: last), limits: ReadLimits(logCount: 1),
                source: .storage
            ).page.entries.first
        }
    }

    private func reading<Result>(
        _ stream: StreamState,
        _ read: (ArchiveInfo) throws(ArchiveError) -> Result,
        journal: () throws(ReadError) -> Result
    ) throws(ReadError) -> Result {
        guard let archive = stream.archive, !archive.isAbandonment else {
            try locateAgain(stream.id)
            return try journal()
        }
        do throws(ArchiveError) {
            return try read(archive)
        } catch {
            if case .store = error {} else { archives.note(damaged: stream.id, "\(error)") }
            try locateAgain(stream.id)
            guard try holdsAll(of: stream, archive) else {
                switch error {
                case .store(let error): throw .archiveUnavailable(reason: "\(error)")
                default: throw .archiveLost(stream.id, reason: "\(error)")
                }
            }
            return try journal()
        }
    }

    /// A cold stream has no places in memory; its entries may be in the journal all the same.
    private func locateAgain(_ stream: StreamID) throws(ReadError) {
        guard hot.stream(stream) == nil else { return }
        let isRestored: Bool
        do throws(JournalError) {
            isRestored = try locationRecovery.restore(stream)
        } catch {
            throw .journal(reason: "\(error)")
        }
        guard isRestored else {
            throw .journal(reason: "segments were sealed while \(stream) was looked for")
        }
    }

    /// Whether the journal still has as many entries as were archived.
    private func holdsAll(of stream: StreamState, _ archive: ArchiveInfo) throws(ReadError) -> Bool
    {
        try entryReader.count(of: stream.id, before: Self.end(of: stream)) == archive.entryCount
    }

    /// The index behind the last one; a stream that was given up while it was open has none.
    private static func end(of stream: StreamState) -> UInt64 {
        let open: UInt64 = stream.archive?.isAbandonment == true ? .max : 0
        return stream.terminalIndex?.addingSaturated(1) ?? open
    }
}

// What an archivist needs.
extension ReadModel {
    /// Hands `body` the entries of a stream in the order of their indexes, run by run: the first
    /// index and RecordIO frames, until it returns false. Past the cache that readers use; blocks.
    ///
    /// - Throws: `dataLoss` where entries cannot be read: `body` has had all before them.
    package func visitFrames(
        of stream: StreamID, _ body: (UInt64, ArraySlice<UInt8>) -> Bool
    ) throws(ReadError) {
        var failure: ChunkError?
        try archivalReader.visitChunks(of: stream) { chunk in
            do throws(ChunkError) {
                return body(chunk.first, try chunk.framed())
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw .journal(reason: "a record is not what it says: \(failure)") }
    }
}

// Objects as they are, for who downloads them.
extension ReadModel {
    /// In bytes; nil if the object is not there.
    package func size(of object: StoredObject) async throws(ReadError) -> UInt64? {
        try await archiveThreads.run { () throws(ReadError) in
            do throws(ObjectError) {
                return try object.store.size(of: object.name)
            } catch {
                throw .archiveUnavailable(reason: "\(error)")
            }
        }
    }

    /// The bytes of a range; fewer only at the end of the object.
    package func bytes(
        _ range: Range<UInt64>, of object: StoredObject
    ) async throws(ReadError) -> [UInt8] {
        try await archiveThreads.run { () throws(ReadError) in
            do throws(ObjectError) {
                return try object.store.read(range, of: object.name)
            } catch {
                throw .archiveUnavailable(reason: "\(error)")
            }
        }
    }
}
