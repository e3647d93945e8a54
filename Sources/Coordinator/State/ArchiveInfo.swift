import ByteCoding
import Platform

/// What an archivist reported of a stream that it has archived (`spec/rpc.md §12`). The first
/// report stays.
package struct ArchiveInfo: Hashable, Sendable {
    /// When the report was taken.
    package var time: Timestamp
    /// How many entries were written; 0 if the archival failed for good.
    package var entryCount: UInt64
    /// The entries file.
    package var stream: ArchiveObject
    /// The index file.
    package var index: ArchiveObject
    /// The rendered data of the classic dialect; empty if there is none.
    package var data: ArchiveObject

    /// All is taken as it was reported.
    package init(
        time: Timestamp, entryCount: UInt64, stream: ArchiveObject, index: ArchiveObject,
        data: ArchiveObject = ArchiveObject()
    ) {
        self.time = time
        self.entryCount = entryCount
        self.stream = stream
        self.index = index
        self.data = data
    }

    /// Whether the stream was given up instead (`AbandonStream`): every report names its files.
    package var isAbandonment: Bool { stream.url.isEmpty }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendLittleEndian(time.microseconds)
        bytes.appendVarint(entryCount)
        for object in [stream, index, data] {
            bytes.appendLengthPrefixed(object.url)
            bytes.appendVarint(object.size)
        }
    }

    init(decoding reader: inout ByteReader) throws {
        time = try EventCodecV1.timestamp(&reader)
        entryCount = try reader.varint()
        stream = try ArchiveObject(decoding: &reader)
        index = try ArchiveObject(decoding: &reader)
        data = try ArchiveObject(decoding: &reader)
    }
}

/// Where a file of an archive lies.
package struct ArchiveObject: Hashable, Sendable {
    /// Empty if there is no such file.
    package var url: String
    /// In bytes.
    package var size: UInt64

    /// Without arguments: no file.
    package init(url: String = "", size: UInt64 = 0) {
        self.url = url
        self.size = size
    }

    fileprivate init(decoding reader: inout ByteReader) throws {
        url = try reader.text()
        size = try reader.varint()
    }
}

/// The archival part of a stream's life (`spec/lifecycle.md §2.3`); derived, never stored. The
/// numbers are the original's.
package enum ArchivalState: Int, Hashable, Sendable {
    /// No archivist may report yet.
    case notArchived = 0
    case tasked = 1
    /// Archived, and entries before the last one are missing.
    case archivedPartial = 2
    case archivedComplete = 3

    // swift-format-ignore
    init(archivalKey: [UInt8], archive: ArchiveInfo?, terminalIndex: UInt64?) {
        switch (archive, terminalIndex) {
        case (nil, _):                     self = archivalKey.isEmpty ? .notArchived : .tasked
        // Without a last index an archive is empty, and whole.
        case (_?, nil):                    self = .archivedComplete
        case (let archive?, let terminal?): self =
            archive.entryCount > terminal ? .archivedComplete : .archivedPartial
        }
    }
}
