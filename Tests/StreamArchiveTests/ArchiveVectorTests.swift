import ByteCoding
import LogDogModel
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

@testable import StreamArchive

/// The format vectors of group `archive`.
struct ArchiveVectorTests {
    @Test func `files written here are those of the original, byte for byte`() throws {
        guard let group = try Vectors.formatGroup("archive") else { return }
        for vector in group.objects("cases") {
            let name = vector.string("name") ?? "?"
            let knobs = try #require(vector.object("knobs"))
            let stream = try #require(vector.hex("stream_hex"), "\(name)")
            let expected = ArchiveFiles(
                entries: stream, index: try #require(vector.hex("index_hex"), "\(name)"))
            var order = OrderGuard()
            let entries = try vector.strings("entries_in_hex").compactMap { hex in
                try order.admit(try #require([UInt8](hex: hex)))
            }
            let written = try ArchiveFiles(
                descriptor: try expected.frames.descriptor, entries, Self.sparsity(knobs),
                withChecksums: false)
            #expect(written.entries == expected.entries, "\(name)")
            #expect(written.index == expected.index, "\(name)")
        }
    }

    @Test func `an archive of the original's size check has its bytes`() throws {
        guard let group = try Vectors.formatGroup("archive"),
            let check = group.object("upstream_size_check")
        else { return }
        let expected = ArchiveFiles(
            entries: try #require(check.hex("stream_hex")),
            index: try #require(check.hex("index_hex")))
        let frames = try expected.frames
        let written = try ArchiveFiles(
            descriptor: frames.descriptor, frames.entries, IndexSparsity(), withChecksums: false)
        #expect(written.entries == expected.entries)
        #expect(written.index == expected.index)
    }

    @Test func `reads ask for the ranges that the original asks for`() throws {
        guard let group = try Vectors.formatGroup("archive") else { return }
        for vector in group.objects("seek") {
            let name = vector.string("archive") ?? "?"
            let files = ArchiveFiles(
                entries: try #require(vector.hex("stream_hex")),
                index: try #require(vector.hex("index_hex")))
            let reader = try files.reader()
            #expect(try reader.last()?.index == vector.int("tail_stream_index").map(UInt64.init))
            for get in vector.objects("gets") {
                let index = UInt64(try #require(get.int("index")))
                let limit = UInt64(try #require(get.int("limit")))
                let place = "\(name): \(index), \(limit)"
                let bound = limit == 0 ? nil : limit
                let plan = ReadPlan(reader.index, from: index, limit: bound)
                let strategy = get.object("strategy")
                #expect((plan == nil) == (strategy == nil), "\(place)")
                #expect(plan.map { Int($0.start) } == strategy?.int("start_offset"), "\(place)")
                let length = plan.map { plan in plan.end.map { Int($0 - plan.start) } ?? -1 }
                #expect(length == strategy?.int("length"), "\(place)")
                let expected = get.members["returned_stream_indices"] as? [Int] ?? []
                #expect(
                    try reader.indexes(from: index, limit: bound) == expected.map(UInt64.init),
                    "\(place)")
            }
        }
    }

    @Test func `the original's object names are known`() throws {
        guard let group = try Vectors.formatGroup("archive") else { return }
        for vector in group.objects("paths") {
            var name = vector.string("name") ?? ""
            if let long = vector.object("name_repeat") {
                name = String(
                    repeating: long.string("text") ?? "", count: long.int("count") ?? 0)
                if long.bool("trailing_slash_removed") == true { name.removeLast() }
            }
            func base(_ bucket: String) -> String {
                "gs://\(vector.string(bucket) ?? "")/\(vector.string("service_id") ?? "")"
            }
            let names = OriginalArchiveNames(
                staging: base("staging_bucket"), final: base("archive_bucket"),
                project: vector.string("project") ?? "",
                path: StreamPath(prefix: vector.string("prefix") ?? "", name: name))
            let paths = try #require(vector.object("paths"))
            #expect(names?.stagedEntries == paths.string("staged_entries"))
            #expect(names?.stagedIndex == paths.string("staged_index"))
            #expect(names?.finalEntries == paths.string("final_entries"))
            #expect(names?.finalIndex == paths.string("final_index"))
        }
    }

    static func sparsity(_ knobs: JSONObject) -> IndexSparsity {
        func knob(_ name: String) -> UInt64 { UInt64(max(0, knobs.int(name) ?? 0)) }
        return IndexSparsity(
            streamRange: knob("stream_range"), prefixRange: knob("prefix_range"),
            byteRange: knob("byte_range"))
    }
}
