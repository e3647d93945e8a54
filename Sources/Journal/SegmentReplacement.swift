import Platform

/// A file that will take the place of one or more sealed segments, all or nothing.
///
/// It is written and synced in slices beside them. Until `takePlace` renames it, a crash leaves
/// what was there; from then on the new file, and perhaps segments that it holds too, which readers
/// pass over and recovery removes.
final class SegmentReplacement {
    private let directory: JournalDirectory
    private let segment: RecordNumber
    private let path: String
    private let slice: Int
    private let file: any File
    private var gathered: [UInt8] = []
    private var written = 0

    /// Bytes so far.
    var size: Int { written + gathered.count }

    init(
        of segment: RecordNumber, in directory: JournalDirectory, slice: Int
    ) throws(JournalError) {
        self.directory = directory
        self.segment = segment
        self.slice = slice
        let path = directory.replacementPath(segment)
        self.path = path
        file = try onDisk { () throws(FileError) in
            if try directory.files.status(path) != nil { try directory.files.remove(path) }
            return try directory.files.open(path, .create)
        }
    }

    /// Adds bytes; true if a slice was written and synced.
    func append(_ bytes: [UInt8]) throws(JournalError) -> Bool {
        gathered += bytes
        guard gathered.count >= slice else { return false }
        try write()
        return true
    }

    /// Writes and syncs what is left.
    func finish() throws(JournalError) { try write() }

    private func write() throws(JournalError) {
        try onDisk { () throws(FileError) in
            try file.write(gathered, at: written)
            try file.sync()
        }
        written += gathered.count
        gathered.removeAll(keepingCapacity: true)
    }

    /// What was written, as it will be read.
    func opened() throws(JournalError) -> SegmentFile { try SegmentFile(file, segment: segment) }

    /// Puts the file durably in the place of its segment.
    func takePlace() throws(JournalError) {
        precondition(gathered.isEmpty, "a replacement is finished before it takes its place")
        file.close()
        try onDisk { () throws(FileError) in
            try directory.files.rename(path, to: directory.segmentPath(segment))
            try directory.files.syncDirectory(directory.path)
        }
    }

    /// Gives up; what it should have replaced is untouched.
    func abandon() {
        file.close()
        // What cannot be removed now is removed by the next rewriting of it, or by recovery.
        do throws(FileError) { try directory.files.remove(path) } catch { return }
    }
}
