import Platform

#if canImport(Glibc)
    import Glibc
#endif

/// The directory of a journal: what its files are called.
public struct JournalDirectory: Sendable {
    public let path: String
    public let files: any FileSystem

    public init(path: String, files: any FileSystem) {
        self.path = path
        self.files = files
    }

    var lockPath: String { path + "/LOCK" }
    /// A zero-filled file that becomes the next segment.
    var sparePath: String { path + "/spare" }
    /// What recovery cut off is kept here.
    var asidePath: String { path + "/aside" }

    /// A rewritten segment on its way to its name.
    func replacementPath(_ segment: RecordNumber) -> String {
        segmentPath(segment) + Self.replacementSuffix
    }

    private static let replacementSuffix = ".new"

    /// The path of a segment's file.
    public func segmentPath(_ segment: RecordNumber) -> String {
        let digits = String(segment.rawValue)
        return "\(path)/\(String(repeating: "0", count: 20 - digits.count))\(digits).seg"
    }

    /// Makes the spare file the segment that `header` begins, durably, and returns it under its
    /// new name.
    func begin(_ header: SegmentHeader, in spare: any File) throws(JournalError) -> any File {
        try onDisk { () throws(FileError) in
            try spare.write(header.encoded(), at: 0)
            try spare.sync()
            spare.close()
            let path = segmentPath(header.firstRecord)
            try files.rename(sparePath, to: path)
            try files.syncDirectory(self.path)
            return try files.open(path, .update)
        }
    }

    /// Makes an empty segment, durably, where no spare file is prepared.
    func begin(_ header: SegmentHeader) throws(JournalError) -> any File {
        let spare = try onDisk { () throws(FileError) -> any File in
            if try files.status(sparePath) != nil { try files.remove(sparePath) }
            let spare = try files.open(sparePath, .create)
            // With room for a mark: a segment without it was cut short.
            try spare.write(
                [UInt8](repeating: 0, count: BlockHeader.length), at: SegmentHeader.length)
            return spare
        }
        return try begin(header, in: spare)
    }

    /// Whether nothing but a header has been written to a segment: until then the one before it
    /// may be on its way to its footer.
    func isUnwritten(_ segment: RecordNumber) throws(JournalError) -> Bool {
        let file = try open(segment)
        defer { file.close() }
        return try onDisk { () throws(FileError) in
            try file.read(BlockHeader.length, at: SegmentHeader.length).allSatisfy { $0 == 0 }
        }
    }

    /// Whether some process writes this journal now.
    public func isLocked() throws(JournalError) -> Bool {
        try onDisk { () throws(FileError) in try files.isLocked(lockPath) }
    }
}

extension JournalDirectory: BlockSource {
    public func segments() throws(JournalError) -> [RecordNumber] {
        let names = try onDisk { () throws(FileError) in try files.list(path) }
        return names.compactMap { name -> RecordNumber? in
            guard name.utf8.count == 24, name.hasSuffix(".seg") else { return nil }
            return UInt64(name.dropLast(4)).map(RecordNumber.init(rawValue:))
        }
    }

    public func open(_ segment: RecordNumber) throws(JournalError) -> any File {
        do throws(FileError) {
            return try files.open(segmentPath(segment), .read)
        } catch {
            guard error.code == ENOENT else { throw .file(error) }
            throw .gone(BlockLocation(segment: segment, generation: 0, offset: 0))
        }
    }
}

// Rewriting.
extension JournalDirectory {
    /// Removes segments whose records are in another one, durably.
    func remove(_ segments: [RecordNumber]) throws(JournalError) {
        guard !segments.isEmpty else { return }
        try onDisk { () throws(FileError) in
            for segment in segments { try files.remove(segmentPath(segment)) }
            try files.syncDirectory(path)
        }
    }

    /// Removes what a rewriting that a crash ended left behind.
    func removeUnfinished() throws(JournalError) {
        try onDisk { () throws(FileError) in
            for name in try files.list(path) where name.hasSuffix(".seg" + Self.replacementSuffix) {
                try files.remove("\(path)/\(name)")
            }
        }
    }
}

extension JournalDirectory {
    /// Takes the lock of the one writer; for tools that change a journal without opening it.
    ///
    /// - Throws: `locked` with what its holder says of itself.
    public func lock(holder: String) throws(JournalError) -> any FileLock {
        let outcome = try onDisk { () throws(FileError) in
            try files.lock(lockPath, holder: holder)
        }
        switch outcome {
        case .held(let lock): return lock
        case .taken(let other): throw .locked(holder: other)
        }
    }
}
