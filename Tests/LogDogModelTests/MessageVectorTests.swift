import LogDogModel
import TestSupport
import Testing

/// Serialized descriptors and entries of `format-vectors.json`, group `protobuf_messages`.
struct MessageVectorTests {
    @Test func `messages that the original wrote are taken as they are`() throws {
        for vector in try Vectors.formatGroup("protobuf_messages")?.objects("items") ?? [] {
            let bytes = try #require(vector.hex("hex"))
            guard vector.string("message") == "LogStreamDescriptor" else {
                let isBinary = vector.string("note")?.hasPrefix("binary") == true
                let type = isBinary ? StreamType.binary : .datagram
                #expect(throws: Never.self) {
                    try EntryHead(scanning: bytes[...], validFor: type)
                }
                continue
            }
            let fields = try #require(vector.object("fields"))
            let descriptor = try StreamDescriptor(serialized: bytes)
            #expect(descriptor.prefix == fields.string("prefix"))
            #expect(descriptor.name == fields.string("name"))
            #expect(descriptor.contentType == fields.string("content_type"))
            #expect(descriptor.tags == fields.object("tags")?.members as? [String: String])
        }
    }
}
