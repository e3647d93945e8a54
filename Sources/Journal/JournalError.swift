import Platform

/// A place in the journal whose bytes are not what was written there.
public struct Damage: Hashable, Sendable, CustomStringConvertible {
    public enum Cause: String, Hashable, Sendable {
        /// The header does not agree with its checksum, or is none.
        case header = "block header damaged"
        /// The body does not agree with its checksum.
        case body = "block body damaged"
        /// The block is whole but does not follow the one before it.
        case chain = "block out of order"
        /// The body is whole but does not inflate to what its header says.
        case content = "block content damaged"
        /// The segment header is damaged.
        case segmentHeader = "segment header damaged"
        /// The footer is damaged, or not there in a segment that has a successor.
        case footer = "segment footer damaged"
        /// Named as lost by the repair that left the damaged bytes behind.
        case mended = "lost before a repair"
        /// A whole segment is not there.
        case missing = "segment missing"
    }

    public let segment: RecordNumber
    /// In bytes from the start of the segment's file.
    public let offset: Int
    public let cause: Cause
    /// The first record that is not readable, where that is known.
    public let record: RecordNumber?

    public init(
        segment: RecordNumber, offset: Int, cause: Cause, record: RecordNumber? = nil
    ) {
        self.segment = segment
        self.offset = offset
        self.cause = cause
        self.record = record
    }

    public var description: String {
        let records = record.map { ", record \($0)" } ?? ""
        return "\(cause.rawValue): segment \(segment), offset \(offset)\(records)"
    }
}

/// What a disk, a directory or stored bytes did to the journal.
public enum JournalError: Error, Hashable, Sendable {
    /// Bytes that were once durable no longer agree with their checksum or their place.
    case damaged(Damage)
    /// Written by a newer format than this build reads.
    case unsupportedVersion(UInt16, segment: RecordNumber)
    /// Another process writes this directory.
    case locked(holder: String)
    /// The path is there and is not a directory.
    case notADirectory(String)
    case file(FileError)
    /// No space for the next commit; `path` is where it was wanted.
    case full(FileError)
    /// A write or sync failed earlier: what is on disk is unknown until the journal is reopened.
    case writerStopped
    /// A record of `length` bytes does not fit a commit.
    case recordTooLong(length: Int, limit: Int)
    /// There is a journal already where one was to be restored to.
    case notEmpty(String)
    /// Only sealed segments that follow each other can be rewritten.
    case notRewritable(RecordNumber, reason: String)
    /// The segment or block asked for is not there any more.
    case gone(BlockLocation)
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .damaged(let damage): "damaged: \(damage)"
        case .unsupportedVersion(let version, let segment):
            "segment \(segment) has format version \(version); this build reads up to "
                + "\(SegmentHeader.formatVersion)"
        case .locked(let holder): "another process holds the journal: \(holder)"
        case .notADirectory(let path): "\(path) is not a directory"
        case .file(let error): error.description
        case .full(let error): "no space for the next commit: \(error)"
        case .writerStopped: "the writer has stopped after a failed write or sync; restart it"
        case .recordTooLong(let length, let limit):
            "a record of \(length) bytes exceeds the limit of \(limit)"
        case .notEmpty(let path): "\(path) holds a journal already"
        case .notRewritable(let segment, let reason):
            "segment \(segment) cannot be rewritten: \(reason)"
        case .gone(let location): "nothing at segment \(location.segment) any more"
        }
    }
}

/// Runs a file operation and turns its error into ours.
func onDisk<Result>(_ body: () throws(FileError) -> Result) throws(JournalError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw .file(error)
    }
}
