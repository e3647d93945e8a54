import ByteCoding
import StreamArchive

/// The archive of one stream on its way into a store.
struct ArchiveDraft {
    let assignment: Assignment
    let names: ArchiveNames
    let entries: any ObjectUpload
    let index: any ObjectUpload
    let content: ArchiveContent
    /// The CRC-32 of either file, as it was written.
    let entriesChecksum: UInt32
    let indexChecksum: UInt32
    /// Names that earlier attempts left objects under; not referred to by anything.
    let earlier: [ArchiveNames]
}

/// Writes archives into a group, and reads them back.
struct ArchiveWriting {
    /// So many bytes are collected before they are handed to the store, and read back at once.
    private static let piece = 1 << 20
    /// Attempts of one stream that may have left objects behind.
    private static let versionLimit = 100

    let store: any ObjectStore
    let coordinator: any ArchivalCoordinator
    let isStopping: @Sendable () -> Bool
    /// Called between two pieces of work for a task.
    let rest: (TaskTicket) -> Void

    /// Writes both files of a stream; nothing has its name yet.
    func write(
        _ assignment: Assignment, as names: ArchiveNames, earlier: [ArchiveNames],
        _ sparsity: IndexSparsity, into group: any ObjectGroup
    ) throws(ArchivalFailure) -> ArchiveDraft {
        var writer = ArchiveWriter(
            descriptor: assignment.descriptor.bytes, sparsity: sparsity, withChecksums: true)
        var output = try ArchiveOutput(group, names)
        var failure: ArchivalFailure?
        do throws(CoordinatorTrouble) {
            try coordinator.visitEntries(of: assignment) { first, frames in
                guard first < assignment.end else { return false }
                guard !isStopping() else {
                    failure = .later("the archivist stops")
                    return false
                }
                do throws(ArchivalFailure) {
                    try Self.add(frames, first, assignment, &writer)
                    if writer.waiting >= Self.piece {
                        try output.append(writer.take())
                        rest(assignment.ticket)
                    }
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw .later("the entries cannot be read: \(error)")
        }
        if let failure { throw failure }
        let content: ArchiveContent
        do throws(ArchiveError) { content = try writer.finish() } catch {
            throw .permanent("\(error)")
        }
        try output.append(writer.take())
        try output.finish()
        if let expected = assignment.received?.count(below: assignment.end),
            expected != content.entryCount
        {
            throw .later("of \(expected) entries \(content.entryCount) were found")
        }
        return ArchiveDraft(
            assignment: assignment, names: names, entries: output.entries, index: output.index,
            content: content, entriesChecksum: output.entriesChecksum,
            indexChecksum: output.indexChecksum, earlier: earlier)
    }

    private static func add(
        _ frames: ArraySlice<UInt8>, _ first: UInt64, _ assignment: Assignment,
        _ writer: inout ArchiveWriter
    ) throws(ArchivalFailure) {
        do throws(ArchiveError) {
            try writer.add(frames: frames, first: first, upTo: assignment.end)
        } catch {
            throw .permanent("\(error)")
        }
    }

    /// The first names of a stream that no object has, and those before. A power cut may have left
    /// either of the two, or half of what it was.
    func freeNames(
        for assignment: Assignment
    ) throws(ArchivalFailure) -> (names: ArchiveNames, earlier: [ArchiveNames]) {
        var earlier: [ArchiveNames] = []
        do throws(ObjectError) {
            for version in 1...Self.versionLimit {
                let names = ArchiveNames(
                    project: assignment.ticket.project, path: assignment.descriptor.path,
                    identity: assignment.identity, version: version)
                if try store.size(of: names.entries) == nil,
                    try store.size(of: names.index) == nil
                {
                    return (names, earlier)
                }
                earlier.append(names)
            }
        } catch {
            throw .later("\(error)")
        }
        throw .later("\(Self.versionLimit) attempts have left objects in \(store.location)")
    }

    /// Whether the objects of these names hold what the draft does.
    func holds(_ draft: ArchiveDraft, _ names: ArchiveNames) throws(ObjectError) -> Bool {
        let ticket = draft.assignment.ticket
        guard try checksum(names.index, draft.content.indexSize, ticket) == draft.indexChecksum
        else {
            return false
        }
        return try checksum(names.entries, draft.content.entriesSize, ticket)
            == draft.entriesChecksum
    }

    /// The CRC-32 of an object; nil if it is not there or is not `size` bytes long.
    private func checksum(
        _ name: ObjectName, _ size: UInt64, _ ticket: TaskTicket
    ) throws(ObjectError) -> UInt32? {
        guard try store.size(of: name) == size else { return nil }
        var checksum: UInt32 = 0
        var offset: UInt64 = 0
        while offset < size {
            let end = min(size, offset + UInt64(Self.piece))
            let bytes = try store.read(offset..<end, of: name)
            guard bytes.count == end - offset else { return nil }
            checksum = crc32(bytes[...], continuing: checksum)
            offset = end
            rest(ticket)
        }
        return checksum
    }
}

/// Why a stream was not archived this time.
enum ArchivalFailure: Error {
    /// It may work another time.
    case later(String)
    /// It will never work: what is stored is no entry.
    case permanent(String)
}

/// The two uploads of a draft, and what went into them.
private struct ArchiveOutput {
    let entries: any ObjectUpload
    let index: any ObjectUpload
    var entriesChecksum: UInt32 = 0
    var indexChecksum: UInt32 = 0

    init(_ group: any ObjectGroup, _ names: ArchiveNames) throws(ArchivalFailure) {
        do throws(ObjectError) {
            entries = try group.begin(names.entries)
            index = try group.begin(names.index)
        } catch {
            throw .later("\(error)")
        }
    }

    mutating func append(
        _ bytes: (entries: [UInt8], index: [UInt8])
    ) throws(ArchivalFailure) {
        entriesChecksum = crc32(bytes.entries[...], continuing: entriesChecksum)
        indexChecksum = crc32(bytes.index[...], continuing: indexChecksum)
        do throws(ObjectError) {
            try entries.append(bytes.entries)
            try index.append(bytes.index)
        } catch {
            throw .later("\(error)")
        }
    }

    func finish() throws(ArchivalFailure) {
        do throws(ObjectError) {
            try entries.finish()
            try index.finish()
        } catch {
            throw .later("\(error)")
        }
    }
}
