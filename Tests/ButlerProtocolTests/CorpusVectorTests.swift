import ByteCoding
import Crypto
import Foundation
import LogDogModel
import TestSupport
import Testing

@testable import ButlerProtocol

/// Bundles that a real Butler sent, and the format vectors of bundles and chunking.
@Suite struct CorpusVectorTests {
    @Test func `every recorded frame reads, and the streams come out byte for byte`() throws {
        guard let folder = Vectors.folder("bundles") else {
            return Vectors.notRun("bundles", because: "the recordings are not there")
        }
        let index = try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appending(path: "index.json")))
        let cases =
            (index as? [[String: Any]]) ?? ((index as? [String: Any])?["cases"] as? [[String: Any]])
            ?? []
        #expect(!cases.isEmpty)
        for recorded in try cases.map(JSONObject.init) {
            let name = try #require(recorded.string("case"))
            var entries: [String: [UInt64: [UInt8]]] = [:]
            for frame in recorded.objects("frames") {
                let file = try #require(frame.string("file"))
                let path = file.contains("/") ? file : "\(name)/\(file)"
                let bytes = Array(try Data(contentsOf: folder.appending(path: path)))
                var reader = ByteReader(bytes)
                let message = try #require(try BundleMessage.next(from: &reader, Inflater()))
                #expect(reader.isAtEnd && message.wireLength == bytes.count)
                try Self.collect(try LogBundle(scanning: message.body), into: &entries)
            }
            for stream in recorded.objects("streams") {
                let streamName = try #require(stream.string("name") ?? stream.string("stream"))
                let content = (entries[streamName] ?? [:]).sorted { $0.key < $1.key }
                let raw = content.flatMap(\.value)
                #expect(raw.count == stream.int("raw_bytes"), "\(name) \(streamName)")
                let digest = SHA256.hash(data: raw).map { byte in
                    let digits = String(byte, radix: 16)
                    return digits.count == 1 ? "0" + digits : digits
                }.joined()
                #expect(digest == stream.string("raw_sha256"), "\(name) \(streamName)")
            }
        }
    }

    private static func collect(
        _ bundle: LogBundle, into entries: inout [String: [UInt64: [UInt8]]]
    ) throws {
        for part in bundle.entries {
            let descriptor = try StreamDescriptor(
                serialized: try #require(part.descriptor), inBundleOf: bundle.prefix)
            for log in part.logs {
                let head = try EntryHead(scanning: log, validFor: descriptor.streamType)
                var raw: [UInt8] = []
                try RawRendering.append(log, to: &raw)
                entries[descriptor.name, default: [:]][head.streamIndex] = raw
            }
        }
    }

    @Test func `a message cut anywhere is incomplete, and nothing of it is consumed`() throws {
        var message: [UInt8] = []
        RecordIO.append([0x08, 1, 0x1a, 1, 0x31], to: &message)
        RecordIO.append(Array("\u{22}\u{4}proj".utf8), to: &message)
        for length in 1..<message.count {
            var reader = ByteReader(message[..<length])
            #expect(throws: BundleError.incomplete) {
                try BundleMessage.next(from: &reader, Inflater())
            }
            #expect(reader.offset == 0)
        }
        var reader = ByteReader(message)
        #expect(try BundleMessage.next(from: &reader, Inflater())?.protoVersion == "1")
    }

    @Test func `a bomb costs no more than the limit`() throws {
        var deflated: [UInt8] = []
        let zeros = [UInt8](repeating: 0, count: 12 << 20)
        Deflater(level: 9).deflate(zeros[...], into: &deflated)
        var message: [UInt8] = []
        RecordIO.append([0x08, 1, 0x10, 1, 0x1a, 1, 0x31], to: &message)
        RecordIO.append(deflated, to: &message)
        var reader = ByteReader(message)
        #expect(throws: BundleError.bodyTooLong(limit: BundleMessage.limit)) {
            try BundleMessage.next(from: &reader, Inflater())
        }
    }
}
