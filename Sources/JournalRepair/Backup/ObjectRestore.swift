import Crypto
import Journal
import Platform
import StreamArchive

/// A data directory made from a backup in a store of objects, as it was at an earlier record.
///
/// All or nothing, like `JournalRestore`, of which it is the last step.
package struct ObjectRestore: Sendable {
    private let place: BackupPlace
    private let data: String
    private let files: any FileSystem

    /// - Parameter data: the new data directory; it must hold no journal.
    package init(from store: any ListedStore, to data: String, files: any FileSystem) {
        self.data = data
        self.files = files
        place = BackupPlace(store: store)
    }

    /// Restores everything up to `end`, down to the end of a commit, from the oldest backup that
    /// reaches so far. Each object is checked against its checksum; takes room for the journal once.
    ///
    /// - Throws: `journal(.notEmpty)` if the directory has a journal; `damaged`, `empty`.
    package func run(
        to end: JournalCopy.End, progress: (JournalCopy.Outcome) -> Void = { _ in }
    ) throws(BackupError) -> JournalCopy.Outcome {
        let backups = try place.backups()
        let reaching = backups.first {
            end.record <= $0.end.record || end.time < $0.end.time
        }
        guard let backup = reaching ?? backups.last else {
            throw .empty(place: place.store.location)
        }
        let fetched = JournalDirectory(path: "\(data)/journal.fetched", files: files)
        let restore = JournalRestore(from: fetched, to: data, files: files)
        try BackupError.onJournal { () throws(JournalError) in
            try restore.prepare()
            try JournalRestore.clear(fetched.path, files)
            try JournalBackup.prepare(fetched.path, files)
        }
        var fetching = JournalCopy.Outcome()
        for segment in backup.segments where segment.first <= end.record {
            try fetch(segment, to: fetched.segmentPath(segment.first))
            fetching.lastRecord = segment.last
            progress(fetching)
            guard segment.lastTime <= end.time else { break }
        }
        return try BackupError.onJournal { () throws(JournalError) in
            let outcome = try restore.run(to: end, linking: true, progress: progress)
            try JournalRestore.clear(fetched.path, files)
            return outcome
        }
    }

    /// Writes an object into a file, durably.
    private func fetch(_ segment: BackupSegment, to path: String) throws(BackupError) {
        let name = place.name(of: segment)
        let object = place.store.url(of: name)
        let file = try BackupError.onDisk { () throws(FileError) in
            try files.open(path, .create)
        }
        defer { file.close() }
        var hash = SHA256()
        var offset = 0
        while offset < segment.size {
            let start = UInt64(offset)
            let bytes: [UInt8]
            do throws(ObjectError) {
                let end = min(start + UInt64(BackupPlace.slice), segment.size)
                bytes = try place.store.read(start..<end, of: name)
            } catch {
                if case .absent = error { throw .damaged(object: object, reason: "it is missing") }
                throw .store(error)
            }
            guard !bytes.isEmpty else { break }
            hash.update(data: bytes)
            try BackupError.onDisk { () throws(FileError) in try file.write(bytes, at: offset) }
            offset += bytes.count
        }
        guard hash.finalize().hex == segment.sha256 else {
            throw .damaged(object: object, reason: "its checksum does not fit")
        }
        try BackupError.onDisk { () throws(FileError) in try file.sync() }
    }
}
