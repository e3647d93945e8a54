import Foundation
import LogDogModel
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// The groups of `vectors.json` about descriptors and entries.
struct ContentVectorTests {
    @Test func `descriptors are valid or not as the vectors say`() throws {
        for vector in try Vectors.group("descriptor.validate") ?? [] {
            let given = try #require(vector.object("descriptor"))
            let bytes = try Self.descriptor(given).serializedBytes() as [UInt8]
            guard vector.bool("valid") != true else {
                #expect(try StreamDescriptor(serialized: bytes).bytes == bytes)
                continue
            }
            let why = try #require(vector.string("why"))
            do throws(DescriptorError) {
                _ = try StreamDescriptor(serialized: bytes)
                Issue.record("taken in spite of its \(why)")
            } catch {
                #expect(Self.part(of: error) == why)
            }
        }
    }

    @Test func `entries are valid or not as the vectors say`() throws {
        for vector in try Vectors.group("log_entry.validate") ?? [] {
            let type = try #require(Self.types[vector.string("stream_type") ?? ""])
            let content = try #require(vector.object("content"))
            let bytes = try Self.entry(content).serializedBytes() as [UInt8]
            let isValid = holds { _ = try EntryHead(scanning: bytes[...], validFor: type) }
            #expect(isValid == vector.bool("valid"), "\(type): \(content.members)")
        }
    }

    private static let types: [String: StreamType] = [
        "TEXT": .text, "BINARY": .binary, "DATAGRAM": .datagram,
    ]

    private static func descriptor(_ given: JSONObject) throws -> Logpb_LogStreamDescriptor {
        let type = try #require(given.int("stream_type"))
        return descriptorMessage { message in
            message.prefix = given.string("prefix") ?? ""
            message.name = given.string("name") ?? ""
            message.streamType = Logpb_StreamType(rawValue: type) ?? .UNRECOGNIZED(type)
            message.contentType = given.string("content_type") ?? ""
            message.binaryFileExt = given.string("binary_file_ext") ?? ""
            if !given.has("timestamp") { message.clearTimestamp() }
            for (key, value) in given.object("tags")?.members ?? [:] {
                message.tags[key] = value as? String
            }
        }
    }

    private static func entry(_ content: JSONObject) throws -> Logpb_LogEntry {
        var entry = Logpb_LogEntry()
        if let text = content.object("text") {
            entry.text = Logpb_Text.with { message in
                message.lines = text.objects("lines").map { line in
                    .with { $0.value = Data((line.string("value") ?? "").utf8) }
                }
            }
        } else if let binary = content.object("binary") {
            let data = try #require(binary.hex("data"))
            entry.binary = Logpb_Binary.with { $0.data = Data(data) }
        } else if let datagram = content.object("datagram") {
            let data = try #require(datagram.hex("data"))
            entry.datagram = Logpb_Datagram.with { $0.data = Data(data) }
        }
        return entry
    }

    private static func part(of error: DescriptorError) -> String {
        switch error {
        case .undecodable: "bytes"
        case .prefix: "prefix"
        case .name: "name"
        case .streamType: "stream type"
        case .noContentType: "content type"
        case .noTimestamp: "timestamp"
        case .tag: "tag"
        }
    }
}
