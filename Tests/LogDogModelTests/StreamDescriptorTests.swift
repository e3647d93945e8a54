import LogDogModel
import LogDogProtos
import SwiftProtobuf
import Testing

struct StreamDescriptorTests {
    @Test func `a descriptor keeps its bytes as they came`() throws {
        // An unknown field in front, and fields out of order: nothing is written anew.
        let unknown: [UInt8] = [0xa2, 0x06, 0x01, 0x00]
        let bytes = try unknown + descriptorBytes { $0.tags = ["k": "v"] }
        let descriptor = try StreamDescriptor(serialized: bytes)
        #expect(descriptor.bytes == bytes)
        #expect(descriptor.path.text == "testing/+/foo/bar")
        #expect(descriptor.streamType == .text)
        #expect(descriptor.contentType == "text/plain")
        #expect(descriptor.timestamp == (1_500_000_000, 5))
        #expect(descriptor.tags == ["k": "v"])
        #expect(descriptor.prefixHash == .ofPrefix("testing"))
        #expect(descriptor.hash == descriptor.path.hash)
    }

    @Test func `bytes that are no message are refused`() {
        #expect(throws: DescriptorError.undecodable) {
            try StreamDescriptor(serialized: [0x0a, 0xff])
        }
    }

    @Test func `what is checked first is told first`() throws {
        var message = Logpb_LogStreamDescriptor()
        message.streamType = .UNRECOGNIZED(7)
        message.tags = ["!": ""]
        func error() throws -> DescriptorError? {
            let bytes: [UInt8] = try message.serializedBytes()
            do throws(DescriptorError) {
                _ = try StreamDescriptor(serialized: bytes)
                return nil
            } catch {
                return error
            }
        }
        #expect(try error() == .prefix(.empty))
        message.prefix = "p"
        #expect(try error() == .name(.empty))
        message.name = "n"
        #expect(try error() == .streamType(7))
        message.streamType = .datagram
        #expect(try error() == .noContentType)
        message.contentType = "c"
        #expect(try error() == .noTimestamp)
        message.timestamp = Google_Protobuf_Timestamp()
        #expect(try error() == .tag("!", .badFirstCharacter))
        message.tags = [:]
        #expect(try error() == nil)
    }

    @Test func `a bundle's part gets the prefix of the bundle`() throws {
        let bare = try descriptorBytes { $0.prefix = "" }
        let descriptor = try StreamDescriptor(serialized: bare, inBundleOf: "testing")
        #expect(descriptor.prefix == "testing")
        // What is stored is a whole descriptor.
        #expect(try StreamDescriptor(serialized: descriptor.bytes) == descriptor)
        #expect(try descriptor.bytes == descriptorBytes())
    }

    @Test func `a bundle's part may name the same prefix and no other`() throws {
        let bytes = try descriptorBytes()
        let descriptor = try StreamDescriptor(serialized: bytes, inBundleOf: "testing")
        #expect(descriptor.bytes == bytes)
        #expect(throws: DescriptorError.self) {
            try StreamDescriptor(serialized: bytes, inBundleOf: "other")
        }
    }
}
