import Platform
import TestSupport
import Testing

@testable import Journal

/// Readers whose one read of a file takes so long that a writer goes on meanwhile.
@Suite struct OvertakenReaderTests {
    @Test(arguments: [1, 2, 5])
    func `a writer that overtakes a reader raises no alarm`(_ commits: Int) throws {
        var overtaken = 0
        for piece in 0..<12 {
            let harness = JournalHarness()
            let journal = try harness.open()
            for _ in 0..<4 { try journal.append([30, 60, 90]) }
            let before = journal.acknowledged.sorted()
            let files = SlowFiles(harness.disk)
            // Between two pieces of a large read the writer commits some more.
            files.onPiece(piece) {
                for _ in 0..<commits { try journal.append([40, 200]) }
                overtaken += 1
            }
            let directory = JournalDirectory(path: JournalHarness.path, files: files)
            let contents = try Contents(JournalReader(directory, runOf: JournalHarness.run))
            #expect(contents.lost.isEmpty, "\(commits) commits after piece \(piece)")
            #expect(contents.wrong.isEmpty)
            // What was durable when reading began is there.
            #expect(contents.records.starts(with: before), "\(contents.records)")
        }
        #expect(overtaken > 5)
    }

    @Test func `a follower hears of growth, and of nothing else`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        try journal.append([30, 60, 90])
        var segments = 0
        while segments < 3 {
            let reader = JournalReader(harness.directory, runOf: JournalHarness.run)
            var cursor = reader.blocks(from: .first)
            while try cursor.next() != nil {}
            let end = try #require(cursor.end)
            #expect(try !reader.hasGrown(since: end))
            try journal.fill()
            try journal.append([400])
            #expect(try reader.hasGrown(since: end))
            segments = try harness.directory.segments().count
        }
    }

    @Test func `damage is told although a writer is there`() throws {
        let harness = JournalHarness()
        let journal = try harness.open()
        for _ in 0..<4 { try journal.append([30, 60, 90]) }
        harness.disk.damage(harness.directory.segmentPath(.first)) { $0[200] ^= 1 }
        let files = SlowFiles(harness.disk)
        files.onPiece(2) { try journal.append([40, 200]) }
        let directory = JournalDirectory(path: JournalHarness.path, files: files)
        let contents = try Contents(JournalReader(directory, runOf: JournalHarness.run))
        #expect(!contents.lost.isEmpty && contents.wrong.isEmpty)
    }
}

/// A disk whose large reads come in pieces, with something happening after one of them.
private final class SlowFiles: ForwardingFiles {
    private static let piece = 512

    let files: any FileSystem
    private let state = Lock<(left: Int, action: () throws -> Void)?>(nil)

    init(_ disk: SimulatedDisk) { files = disk }

    /// Lets `action` happen once, after so many pieces more.
    func onPiece(_ count: Int, _ action: @escaping () throws -> Void) {
        nonisolated(unsafe) let action = action
        state.withLock { $0 = (count, action) }
    }

    fileprivate func pieceRead() {
        let due = state.withLock { state -> (() throws -> Void)? in
            guard let (left, action) = state else { return nil }
            state = left == 0 ? nil : (left - 1, action)
            return left == 0 ? action : nil
        }
        do { try due?() } catch { Issue.record(error) }
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        SlowFile(try files.open(path, mode), self)
    }

    private final class SlowFile: File {
        private let file: any File
        private let files: SlowFiles

        init(_ file: any File, _ files: SlowFiles) {
            self.file = file
            self.files = files
        }

        var path: String { file.path }
        func size() throws(FileError) -> Int { try file.size() }
        func read(
            into target: UnsafeMutableRawBufferPointer, at offset: Int
        ) throws(FileError) -> Int {
            var done = 0
            while done < target.count {
                let end = min(done + SlowFiles.piece, target.count)
                let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<end])
                let count = try file.read(into: part, at: offset + done)
                done += count
                if target.count > SlowFiles.piece { files.pieceRead() }
                if count < part.count { break }
            }
            return done
        }
        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
            try file.write(bytes, at: offset)
        }
        func sync() throws(FileError) { try file.sync() }
        func truncate(to size: Int) throws(FileError) { try file.truncate(to: size) }
        func close() { file.close() }
    }
}
