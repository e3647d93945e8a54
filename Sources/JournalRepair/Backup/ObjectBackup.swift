import Crypto
import Journal
import Platform
import StreamArchive

/// A backup of a data directory in a store of objects, also while a server uses it: all of its
/// journal that is durable.
///
/// What `JournalBackup` is for a directory. Segments are objects that nobody changes, named by what
/// is in them; the manifest comes last, so that a backup that is cut anywhere leaves the earlier
/// ones as they were, and what it has sent is not sent again. Holds prefix secrets.
package struct ObjectBackup: Sendable {
    private let data: String
    private let place: BackupPlace
    private let files: any FileSystem

    /// - Parameters:
    ///   - data: the data directory.
    ///   - store: all of it belongs to the backups of this one journal.
    package init(of data: String, to store: any ListedStore, files: any FileSystem) {
        self.data = data
        self.files = files
        place = BackupPlace(store: store)
    }

    /// What came of a backup.
    package struct Outcome: Sendable {
        package var copy = JournalCopy.Outcome()
        /// Objects of the backup before that the store has lost, or parts of them. What the journal
        /// still has of them was sent again.
        package var lost: [String] = []
        /// Why objects that no backup needs any more could not be removed; the backup is whole.
        package var leftover: ObjectError?
    }

    /// Adds a backup that holds what is durable now. What the one before it has is taken over as it
    /// is, also if the segment was rewritten since; where a segment was rewritten with newer ones,
    /// the earlier backup stays for the records before. Backups that have nothing of their own are
    /// removed.
    ///
    /// One segment without its footer is in memory at a time, and 16 MiB of others a few times.
    package func run(
        progress: (JournalCopy.Outcome) -> Void = { _ in }
    ) throws(BackupError) -> Outcome {
        let stored = try place.storedSegments()
        let earlier = try place.backups()
        var work = Work(place: place, base: earlier.last, stored: stored)
        for attempt in 1...DurableSegments.attempts {
            do throws(BackupError) {
                try collect(into: &work, progress)
                break
            } catch {
                guard case .journal(.gone) = error, attempt < DurableSegments.attempts else {
                    throw error
                }
                work = Work(place: place, base: earlier.last, stored: stored)
            }
        }
        let backup = try work.manifest()
        var outcome = Outcome(copy: work.outcome, lost: work.lost)
        if backup.segments != earlier.last?.segments { try place.create(backup) }
        do throws(ObjectError) {
            try removeUnneeded(after: backup, earlier, stored)
        } catch {
            outcome.leftover = error
        }
        return outcome
    }

    private func collect(
        into work: inout Work, _ progress: (JournalCopy.Outcome) -> Void
    ) throws(BackupError) {
        let source = JournalDirectory(path: "\(data)/journal", files: files)
        var segments = try BackupError.onJournal { () throws(JournalError) in
            guard try !source.segments().isEmpty else {
                throw .file(FileError("find a journal in", data, code: 2))
            }
            return try DurableSegments(of: source)
        }
        while true {
            let next = try BackupError.onJournal { () throws(JournalError) in
                try segments.next()
            }
            guard let next else { return }
            try work.add(next)
            progress(work.outcome)
        }
    }

    /// Of segments only what was there before this backup began, so that nothing is taken away that
    /// another one has just sent.
    private func removeUnneeded(
        after newest: BackupManifest, _ earlier: [BackupManifest], _ stored: [ListedObject]
    ) throws(ObjectError) {
        let older = earlier.filter { $0.number < newest.number && $0.segments != newest.segments }
        let contained = older.filter { $0.isContained(in: newest) }
        let kept = older.filter { !contained.contains($0) } + [newest]
        let needed = Set(kept.flatMap { $0.segments.map(place.name(of:)) })
        try place.remove(contained, stored.map(\.name).filter { !needed.contains($0) })
    }
}

/// A backup on its way.
private struct Work {
    let place: BackupPlace
    let base: BackupManifest?
    /// What is in the store already, by name.
    let stored: [ObjectName: UInt64]
    /// Of the backup that comes of it.
    var segments: [BackupSegment] = []
    var lost: [String] = []
    var outcome = JournalCopy.Outcome()

    init(place: BackupPlace, base: BackupManifest?, stored: [ListedObject]) {
        self.place = place
        self.base = base
        self.stored = Dictionary(stored.map { ($0.name, $0.size) }) { _, later in later }
        for segment in base?.segments ?? [] {
            let name = place.name(of: segment)
            if self.stored[name] != segment.size {
                lost.append(place.store.url(of: name))
            } else if segment.isSealed {
                segments.append(segment)
            }
        }
    }

    mutating func add(_ segment: DurableSegment) throws(BackupError) {
        if segment.isSealed, segment.isCovered(by: segments.map(\.range)) {
            try checkChain(of: segment)
            outcome.present += 1
        } else {
            let own = try described(segment)
            try send(segment, as: own)
            segments.removeAll { segment.range.contains($0.first) }
            segments.append(own)
        }
        outcome.losses += segment.losses
        outcome.lastRecord = max(outcome.lastRecord, segment.last)
        outcome.lastTime = max(outcome.lastTime, segment.lastTime)
    }

    /// What the base has of a segment has come from the same journal.
    private func checkChain(of segment: DurableSegment) throws(BackupError) {
        guard
            segments.contains(where: { $0.last == segment.last && $0.chainEnd == segment.chainEnd })
        else { throw anotherJournal("records \(segment.first) to \(segment.last) are others") }
    }

    private func anotherJournal(_ reason: String) -> BackupError {
        .anotherJournal(place: place.store.location, reason: reason)
    }

    func manifest() throws(BackupError) -> BackupManifest {
        let sorted = segments.sorted { $0.first < $1.first }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.range.upperBound < $1.first }) else {
            throw anotherJournal("segments begin elsewhere")
        }
        // A journal grows, and its segments are merged; they never become smaller.
        for held in base?.segments ?? [] {
            guard
                let now = sorted.first(where: { $0.range.contains(held.first) }),
                now.range.upperBound >= held.range.upperBound,
                now.range == held.range || now.generation > 0 || !held.isSealed
            else { throw anotherJournal("records \(held.first) to \(held.last) are others") }
        }
        return BackupManifest(
            number: (base?.number ?? 0) + (sorted == base?.segments ? 0 : 1), segments: sorted)
    }

    private func described(_ segment: DurableSegment) throws(BackupError) -> BackupSegment {
        var hash = SHA256()
        try Self.read(segment) { (bytes) throws(BackupError) in hash.update(data: bytes) }
        return BackupSegment(
            first: segment.first, last: segment.last, lastTime: segment.lastTime,
            generation: segment.generation, chainEnd: segment.chainEnd,
            size: UInt64(segment.size), sha256: hash.finalize().hex)
    }

    /// Puts the object into the store, unless it is there.
    private mutating func send(
        _ segment: DurableSegment, as own: BackupSegment
    ) throws(BackupError) {
        let name = place.name(of: own)
        guard stored[name] != own.size else {
            outcome.present += 1
            return
        }
        // It may be there all the same, if the answer to an earlier attempt was lost: its name says
        // what is in it.
        _ = try place.put(name, over: stored[name] != nil) {
            (upload) throws(BackupError) in
            try Self.read(segment) { (bytes) throws(BackupError) in
                try BackupError.onStore { () throws(ObjectError) in try upload.append(bytes) }
            }
        }
        outcome.copied += 1
        outcome.bytes += segment.size
    }

    private static func read(
        _ segment: DurableSegment, _ body: ([UInt8]) throws(BackupError) -> Void
    ) throws(BackupError) {
        var offset = 0
        while offset < segment.size {
            let bytes = try BackupError.onJournal { () throws(JournalError) in
                try segment.read(BackupPlace.slice, at: offset)
            }
            try body(bytes)
            offset += bytes.count
        }
    }
}
