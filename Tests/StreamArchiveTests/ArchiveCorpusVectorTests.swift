import ByteCoding
import Crypto
import Foundation
import LogDogModel
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

@testable import StreamArchive

/// Archives that the original wrote, and what its reader made of them.
struct ArchiveCorpusVectorTests {
    private struct Recorded {
        let expected: JSONObject
        let files: ArchiveFiles
        var name: String { expected.string("dir") ?? "?" }
    }

    private static func recorded() throws -> [Recorded] {
        guard let folder = Vectors.folder("archives") else {
            Vectors.notRun("archives", because: "the folder is not there")
            return []
        }
        let list = try JSONObject(
            JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.appending(path: "index.json"))))
        return try list.objects("archives").map { expected in
            let directory = folder.appending(path: expected.string("dir") ?? "")
            func file(_ name: String) throws -> [UInt8] {
                Array(try Data(contentsOf: directory.appending(path: name)))
            }
            return Recorded(
                expected: expected,
                files: ArchiveFiles(
                    entries: try file(ArchiveFormat.entriesFile),
                    index: try file(ArchiveFormat.indexFile)))
        }
    }

    @Test func `recorded archives read as the original read them`() throws {
        for archive in try Self.recorded() {
            let expected = archive.expected
            let reader = try archive.files.reader()
            var hash = SHA256()
            var raw: [UInt8] = []
            var count = 0
            try reader.read(from: 0, limit: nil) { entry in
                count += 1
                hash.update(data: Array(entry.bytes))
                do {
                    try RawRendering.append(entry.bytes, to: &raw)
                } catch {
                    Issue.record(error)
                }
                return true
            }
            #expect(count == expected.int("entries"), "\(archive.name)")
            #expect(raw.count == expected.int("raw_bytes"), "\(archive.name)")
            #expect(Self.hex(SHA256.hash(data: raw)) == expected.string("raw_sha256"))
            #expect(Self.hex(hash.finalize()) == expected.string("records_sha256"))
            #expect(
                try reader.last().map { Int($0.index) } == expected.int("tail"), "\(archive.name)")
            try check(expected.objects("reads"), reader, archive.name)
            try check(
                expected.objects("reads_without_index"),
                try archive.files.reader(withIndex: false), "\(archive.name) without index")
        }
    }

    private func check(
        _ reads: [JSONObject], _ reader: ArchiveReader, _ place: String
    ) throws {
        for read in reads {
            let from = UInt64(try #require(read.int("from")))
            let limit = UInt64(read.int("limit") ?? 0)
            let found = try reader.indexes(from: from, limit: limit == 0 ? nil : limit)
            let place = "\(place): from \(from), limit \(limit)"
            if let summary = read.object("indexes") {
                #expect(found.count == summary.int("count"), "\(place)")
                #expect(found.first.map(Int.init) == summary.int("first"), "\(place)")
                #expect(found.last.map(Int.init) == summary.int("last"), "\(place)")
                let list = found.map(String.init).joined(separator: ",")
                #expect(
                    Self.hex(SHA256.hash(data: Data(list.utf8))) == summary.string("sha256"),
                    "\(place)")
            } else {
                let expected = read.members["indexes"] as? [Int]
                #expect(found.map(Int.init) == expected, "\(place)")
            }
        }
    }

    @Test func `recorded archives written again are the same files`() throws {
        for archive in try Self.recorded() {
            let settings = try #require(archive.expected.object("settings"))
            let frames = try archive.files.frames
            let written = try ArchiveFiles(
                descriptor: frames.descriptor, frames.entries,
                ArchiveVectorTests.sparsity(settings),
                withChecksums: false)
            #expect(written.entries == archive.files.entries, "\(archive.name)")
            #expect(
                try Logpb_LogIndex(serializedBytes: written.index)
                    == Logpb_LogIndex(serializedBytes: archive.files.index), "\(archive.name)")
            #expect(written.index.count == archive.expected.int("index_bytes"), "\(archive.name)")
        }
    }

    @Test func `with checksums they read the same, and any flipped byte is noticed`() throws {
        for archive in try Self.recorded() where archive.files.entries.count < 400 {
            let frames = try archive.files.frames
            let files = try ArchiveFiles(
                descriptor: frames.descriptor, frames.entries, IndexSparsity(byteRange: 100),
                withChecksums: true)
            let expected = try files.reader().indexes(from: 0, limit: nil)
            #expect(expected == (try archive.files.reader().indexes(from: 0, limit: nil)))
            // The descriptor in front is not read: the stream's own is known.
            let first =
                varintLength(UInt64(frames.descriptor.count)) + frames.descriptor.count
            for position in files.entries.indices where position >= first {
                var damaged = files
                damaged.entries[position] ^= 0x10
                #expect(throws: ArchiveError.self, "\(archive.name): entries, \(position)") {
                    try damaged.reader().indexes(from: 0, limit: nil)
                }
            }
            for position in files.index.indices {
                var damaged = files
                damaged.index[position] ^= 0x10
                #expect(throws: ArchiveError.self, "\(archive.name): index, \(position)") {
                    try damaged.reader().indexes(from: 0, limit: nil)
                }
            }
            for length in files.entries.indices {
                let cut = ArchiveFiles(
                    entries: Array(files.entries.prefix(length)), index: files.index)
                #expect(throws: ArchiveError.self, "\(archive.name): cut at \(length)") {
                    try cut.reader().indexes(from: 0, limit: nil)
                }
            }
        }
    }

    private static func hex(_ digest: some Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
