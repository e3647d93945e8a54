import Foundation
import LogDogModel
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// Descriptors and entries against `vectors.json`.
@Suite struct DescriptorVectorTests {
    @Test func `descriptors are valid as listed`() throws {
        for vector in try Vectors.group("descriptor.validate") ?? [] {
            let fields = try #require(vector.object("descriptor"))
            var message = Logpb_LogStreamDescriptor()
            message.prefix = fields.string("prefix") ?? ""
            message.name = fields.string("name") ?? ""
            message.streamType =
                Logpb_StreamType(rawValue: fields.int("stream_type") ?? 0) ?? .text
            message.contentType = fields.string("content_type") ?? ""
            message.binaryFileExt = fields.string("binary_file_ext") ?? ""
            if fields.has("timestamp") { message.timestamp = .init(seconds: 1, nanos: 0) }
            for (key, value) in fields.object("tags")?.members ?? [:] {
                message.tags[key] = value as? String
            }
            var error: DescriptorError?
            do throws(DescriptorError) {
                _ = try StreamDescriptor(serialized: Self.bytes(message))
            } catch let found {
                error = found
            }
            #expect((error == nil) == vector.bool("valid"), "\(vector.members)")
        }
    }

    private static func bytes(_ message: some Message) -> [UInt8] {
        do { return try message.serializedBytes() } catch { return [0xff] }
    }

    @Test func `entries suit the type of their stream as listed`() throws {
        let types: [String: StreamType] = ["TEXT": .text, "BINARY": .binary, "DATAGRAM": .datagram]
        for vector in try Vectors.group("log_entry.validate") ?? [] {
            let type = try #require(vector.string("stream_type").flatMap { types[$0] })
            let content = try #require(vector.object("content"))
            var entry = Logpb_LogEntry()
            if let text = content.object("text") {
                entry.text.lines = text.objects("lines").map { line in
                    var message = Logpb_Text.Line()
                    message.value = Data((line.string("value") ?? "").utf8)
                    return message
                }
            } else if let binary = content.object("binary") {
                entry.binary.data = Data(binary.hex("data") ?? [])
            } else if let datagram = content.object("datagram") {
                entry.datagram.data = Data(datagram.hex("data") ?? [])
            }
            var error: EntryError?
            do throws(EntryError) {
                _ = try EntryHead(scanning: Self.bytes(entry)[...], validFor: type)
            } catch let found {
                error = found
            }
            #expect((error == nil) == vector.bool("valid"), "\(vector.members)")
        }
    }

    @Test func `a descriptor in a bundle gets the bundle's prefix`() throws {
        var message = Logpb_LogStreamDescriptor()
        message.name = "a"
        message.contentType = "text/plain"
        message.timestamp = .init(seconds: 1, nanos: 0)
        let bytes = Self.bytes(message)
        let descriptor = try StreamDescriptor(serialized: bytes, inBundleOf: "p/q")
        #expect(descriptor.path == StreamPath(prefix: "p/q", name: "a"))
        #expect(try StreamDescriptor(serialized: descriptor.bytes) == descriptor)
        message.prefix = "other"
        #expect(throws: DescriptorError.self) {
            try StreamDescriptor(serialized: Self.bytes(message), inBundleOf: "p/q")
        }
    }

    @Test func `hostile entry bytes are refused, never trapped on`() {
        for bytes: [UInt8] in [
            [0xff], [0x52, 0x05, 0x0a], [0x50, 1], [0x0a, 0xff, 0xff, 0xff], [],
        ] {
            #expect(throws: EntryError.self) {
                try EntryHead(scanning: bytes[...], validFor: .text)
            }
        }
    }

    @Test func `a secret never shows itself and compares by content`() throws {
        let secret = try #require(Secret([UInt8](repeating: 0x41, count: 36)))
        #expect("\(secret)" == "<secret>")
        #expect(!String(reflecting: secret).contains("65"))
        #expect(secret.matches([UInt8](repeating: 0x41, count: 36)))
        #expect(!secret.matches([UInt8](repeating: 0x41, count: 35)))
        #expect(!secret.matches([UInt8](repeating: 0x42, count: 36)))
        #expect(Secret([1, 2, 3]) == nil)
    }
}
