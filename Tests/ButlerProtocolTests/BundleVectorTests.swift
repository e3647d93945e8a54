import ByteCoding
import Foundation
import LogDogProtos
import TestSupport
import Testing

@testable import ButlerProtocol

/// Messages of Butlers, by `format-vectors.json`, group `bundle`.
@Suite struct BundleVectorTests {
    @Test func `metadata frames are the original's`() throws {
        for vector in try Vectors.formatGroup("bundle")?.objects("metadata_frames") ?? [] {
            let isCompressed = vector.string("compression") == "ZLIB"
            let message = try Self.message(ofSize: isCompressed ? 5000 : 50)
            #expect(message.starts(with: try #require(vector.hex("frame_hex"))))
        }
    }

    @Test func `recorded messages read, and are written as they were`() throws {
        for vector in try Vectors.formatGroup("bundle")?.objects("messages") ?? [] {
            let name = vector.string("name") ?? ""
            let bytes = try #require(vector.hex("message_hex"))
            var reader = ByteReader(bytes)
            let message = try #require(try BundleMessage.next(from: &reader, Inflater()), "\(name)")
            #expect(message.protoVersion == "1" && message.wireLength == bytes.count, "\(name)")
            guard let bundle = vector.hex("bundle_hex") else { continue }
            #expect(Array(message.body) == bundle, "\(name)")
            _ = try LogBundle(scanning: message.body)
            let written = try BundleWriter().message(Logpb_ButlerLogBundle(serializedBytes: bundle))
            var again = ByteReader(written)
            let body = try #require(try BundleMessage.next(from: &again, Inflater())).body
            #expect(Array(body) == bundle, "\(name)")
            if vector.bool("compressed") == false { #expect(written == bytes, "\(name)") }
        }
    }

    @Test func `bundles are compressed from the recorded size on`() throws {
        let threshold = try Vectors.formatGroup("bundle")?.object("compression_threshold")
        for vector in threshold?.objects("boundary") ?? [] {
            let size = try #require(vector.int("size"))
            let isCompressed = try Self.message(ofSize: size).starts(with: [7])
            #expect(isCompressed == vector.bool("compressed"), "\(size)")
        }
        guard let threshold else { return }
        #expect(threshold.int("value") == BundleWriter.compressionThreshold)
    }

    @Test func `limits are the recorded ones`() throws {
        guard let limits = try Vectors.formatGroup("bundle")?.object("limits") else { return }
        #expect(limits.int("max_bundle_size") == BundleMessage.limit)
        #expect(limits.int("metadata_frame_max") == BundleMessage.limit)
        #expect(limits.int("pubsub_message_max") == BundleWriter.messageLimit)
    }

    @Test func `readers refuse what the original refuses`() throws {
        // The outcomes are told in words: each has its bytes here.
        let junk: [UInt8] = [0xd0, 0x6f, 0x00, 0xd5]
        let plain: [UInt8] = [5, 0x08, 1, 0x1a, 1, 0x31]
        let deflated: [UInt8] = [7, 0x08, 1, 0x10, 1, 0x1a, 1, 0x31]
        let known: [String: [UInt8]] = [
            "proto_version other than \"1\"": [5, 0x08, 1, 0x1a, 1, 0x32, 0],
            "metadata frame is junk d06f00d5": [4] + junk + [0],
            "bundle frame is junk d06f00d5": plain + [4] + junk,
            "data frame missing": plain,
            "compression ZLIB but data is not zlib": deflated + [4] + junk,
            "frame length above the maximum": [0x81, 0x80, 0x80, 0x05],
        ]
        for vector in try Vectors.formatGroup("bundle")?.objects("reader_outcomes") ?? [] {
            let name = try #require(vector.string("case"))
            guard let bytes = known[name] else {
                Vectors.notRun("bundle: \(name)", because: "no bytes are known for it")
                continue
            }
            let isError = vector.string("outcome")?.hasPrefix("error") == true
            #expect(Self.reads(bytes) == !isError, "\(name)")
        }
    }

    private static func reads(_ bytes: [UInt8]) -> Bool {
        do {
            var reader = ByteReader(bytes)
            guard let message = try BundleMessage.next(from: &reader, Inflater()) else {
                return false
            }
            _ = try LogBundle(scanning: message.body)
            return true
        } catch {
            return false
        }
    }

    /// A message whose serialized bundle has `size` bytes.
    private static func message(ofSize size: Int) throws -> [UInt8] {
        for overhead in 2...4 where overhead <= size {
            var bundle = Logpb_ButlerLogBundle()
            bundle.project = String(repeating: "p", count: size - overhead)
            guard try (bundle.serializedBytes() as [UInt8]).count == size else { continue }
            return try BundleWriter().message(bundle)
        }
        throw BundleError.undecodable
    }
}
