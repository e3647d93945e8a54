import ByteCoding
import LogDogProtos
import Platform
import SwiftProtobuf
import TestSupport

@testable import StreamArchive

/// The two files of an archive, and a store of one archive.
struct ArchiveFiles {
    var entries: [UInt8]
    var index: [UInt8]

    static let entriesName = ObjectName("a/logstream.entries")
    static let indexName = ObjectName("a/logstream.index")

    /// What the writer makes of entries, taken out after each run.
    init(
        descriptor: [UInt8], _ frames: [[UInt8]], _ sparsity: IndexSparsity, withChecksums: Bool
    ) throws {
        var writer = ArchiveWriter(
            descriptor: descriptor, sparsity: sparsity, withChecksums: withChecksums)
        entries = []
        index = []
        for entry in frames {
            let index = try Logpb_LogEntry(serializedBytes: entry).streamIndex
            var frame: [UInt8] = []
            RecordIO.append(entry, to: &frame)
            try writer.add(frames: frame[...], first: index)
            let taken = writer.take()
            entries += taken.entries
            self.index += taken.index
        }
        let content = try writer.finish()
        let taken = writer.take()
        entries += taken.entries
        index += taken.index
        precondition(
            content.entriesSize == entries.count && content.indexSize == index.count,
            "the writer knows how much it wrote")
    }

    init(entries: [UInt8], index: [UInt8]) {
        self.entries = entries
        self.index = index
    }

    /// A reader over a disk with these files.
    func reader(withIndex: Bool = true) throws -> ArchiveReader {
        let disk = SimulatedDisk()
        let store = try DirectoryStore.open("/archive", files: disk)
        disk.put(entries, at: "/archive/a/logstream.entries")
        disk.put(index, at: "/archive/a/logstream.index")
        guard let entriesName = Self.entriesName, let indexName = Self.indexName else {
            preconditionFailure("both are names of objects")
        }
        let object = StoredObject(name: entriesName, store: store)
        guard withIndex else { return ArchiveReader(object, ArchiveIndex()) }
        return ArchiveReader(
            object, try ArchiveIndexLoader.load(StoredObject(name: indexName, store: store)))
    }

    /// Descriptor and entries of the entries file.
    var frames: (descriptor: [UInt8], entries: [[UInt8]]) {
        get throws {
            var reader = ByteReader(entries)
            let descriptor = try RecordIO.next(from: &reader, limit: 20 << 20) ?? []
            var frames: [[UInt8]] = []
            while let frame = try RecordIO.next(from: &reader, limit: 20 << 20) {
                frames.append(Array(frame))
            }
            return (Array(descriptor), frames)
        }
    }
}

extension ArchiveReader {
    func indexes(from first: UInt64, limit: UInt64?) throws -> [UInt64] {
        var found: [UInt64] = []
        try read(from: first, limit: limit) { entry in
            found.append(entry.index)
            return true
        }
        return found
    }
}
