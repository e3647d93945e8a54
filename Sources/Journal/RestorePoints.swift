import Platform

/// What a backup held before rewritten segments took the place of others: whole journals of their
/// own, of hard links where the file system has them, named by their last record.
///
/// A rewritten segment lacks entries that are needed at records before those that it relied on. Any
/// of these may be removed once nobody wants to go back that far.
struct RestorePoints {
    let backup: JournalDirectory

    private var path: String { backup.path + "/earlier" }

    /// Keeps what the backup holds now, durably. Harmless if that is kept already.
    func keep(_ runOf: @escaping RunOf) throws(JournalError) {
        guard let end = try Self.end(of: backup) else { return }
        let point = directory(of: end.record)
        try onDisk { () throws(FileError) in
            for (directory, parent) in [(path, backup.path), (point.path, path)]
            where try files.status(directory) == nil {
                try files.createDirectory(directory)
                try files.syncDirectory(parent)
            }
        }
        try JournalCopy(from: backup, to: point, runOf: runOf).placeAll()
    }

    /// What `end` is to be restored from: the oldest that reaches so far, else the backup itself.
    func source(for end: JournalCopy.End) throws(JournalError) -> JournalDirectory {
        for record in try ends() {
            let point = directory(of: record)
            // One that a crash ended before its last segment was in it is passed over.
            guard let last = try Self.end(of: point), last.record == record else { continue }
            if end.record <= last.record || end.time < last.time { return point }
        }
        return backup
    }

    private var files: any FileSystem { backup.files }

    private func directory(of record: RecordNumber) -> JournalDirectory {
        JournalDirectory(path: "\(path)/\(record.rawValue)", files: files)
    }

    /// What the directories are named by, in order.
    private func ends() throws(JournalError) -> [RecordNumber] {
        let names = try onDisk { () throws(FileError) in
            try files.status(path) == nil ? [] : try files.list(path)
        }
        return names.compactMap { UInt64($0).map(RecordNumber.init(rawValue:)) }.sorted()
    }

    /// The last record of a journal that nobody writes; nil if it has none.
    private static func end(of journal: JournalDirectory) throws(JournalError) -> JournalCopy.End? {
        guard let last = try journal.segments().max() else { return nil }
        let file = try SegmentFile(try journal.open(last), segment: last)
        defer { file.file.close() }
        let header = try file.header()
        if let table = try file.wholeFooter(of: header)?.footer.table {
            return JournalCopy.End(record: table.lastRecord, time: table.lastTime)
        }
        let walk = SegmentWalk(try file.image(header, end: file.size), sealed: false)
        let end = walk.end(of: .all)
        return JournalCopy.End(record: end.lastRecord, time: end.time)
    }
}
