import ByteCoding
import LogDogProtos
import SwiftProtobuf

/// What a stream carries; the number is the one on the wire.
package enum StreamType: UInt8, Sendable, CaseIterable {
    case text = 0
    case binary = 1
    case datagram = 2
}

/// What is wrong with a descriptor; checks run in this order (`spec/lifecycle.md §8.6`).
package enum DescriptorError: Error, Hashable, Sendable {
    case undecodable
    case prefix(NameError)
    case name(NameError)
    case streamType(Int)
    case noContentType
    case noTimestamp
    case tag(String, NameError)
}

/// The immutable description of a stream, checked.
///
/// A reference, because streams, mutations and events share it and are copied all the time.
package final class StreamDescriptor: Hashable, Sendable {
    /// As they are stored and returned.
    package let bytes: [UInt8]
    /// A valid stream name.
    package let prefix: String
    /// A valid stream name.
    package let name: String
    /// What its entries carry.
    package let streamType: StreamType
    /// Not empty; not parsed.
    package let contentType: String
    /// The base time of all entry offsets.
    package let timestamp: (seconds: Int64, nanos: Int32)
    /// Each one checked.
    package let tags: [String: String]
    /// Not checked, and unused by today's clients.
    package let binaryFileExtension: String
    /// The ids of stream and prefix; computed once, since every delivery asks for them.
    package let hash: HashID
    /// The id of its prefix; see `hash`.
    package let prefixHash: HashID

    /// Decodes and checks a serialized `LogStreamDescriptor`, and keeps its bytes as they came.
    package convenience init(serialized bytes: [UInt8]) throws(DescriptorError) {
        try self.init(bytes, prefix: nil)
    }

    /// The same for a part of a bundle, whose descriptor may leave the prefix out; then it is
    /// filled in. A different prefix is refused.
    package convenience init(
        serialized bytes: some Collection<UInt8>, inBundleOf prefix: String
    ) throws(DescriptorError) {
        try self.init(Array(bytes), prefix: prefix)
    }

    private init(_ original: [UInt8], prefix bundlePrefix: String?) throws(DescriptorError) {
        var bytes = original
        var message: Logpb_LogStreamDescriptor
        do {
            message = try Logpb_LogStreamDescriptor(serializedBytes: bytes)
        } catch {
            throw .undecodable
        }
        if let bundlePrefix, message.prefix.isEmpty {
            message.prefix = bundlePrefix
            // The field goes in front, where a writer of ascending fields puts it.
            bytes = []
            bytes.appendWireField(1, bytes: bundlePrefix.utf8)
            bytes += original
        } else if let bundlePrefix, message.prefix != bundlePrefix {
            throw .prefix(.badCharacter)
        }
        try Self.check(message)
        guard let type = StreamType(rawValue: UInt8(clamping: message.streamType.rawValue)) else {
            throw .streamType(message.streamType.rawValue)
        }
        self.bytes = bytes
        prefix = message.prefix
        name = message.name
        streamType = type
        contentType = message.contentType
        timestamp = (message.timestamp.seconds, message.timestamp.nanos)
        tags = message.tags
        binaryFileExtension = message.binaryFileExt
        hash = .ofStream(prefix: message.prefix, name: message.name)
        prefixHash = .ofPrefix(message.prefix)
    }

    /// Prefix and name in one.
    package var path: StreamPath { StreamPath(prefix: prefix, name: name) }

    package static func == (left: StreamDescriptor, right: StreamDescriptor) -> Bool {
        left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    private static func check(
        _ message: Logpb_LogStreamDescriptor
    ) throws(DescriptorError) {
        do throws(NameError) { try Names.check(streamName: message.prefix) } catch {
            throw .prefix(error)
        }
        do throws(NameError) { try Names.check(streamName: message.name) } catch {
            throw .name(error)
        }
        guard (0...2).contains(message.streamType.rawValue) else {
            throw .streamType(message.streamType.rawValue)
        }
        guard !message.contentType.isEmpty else { throw .noContentType }
        guard message.hasTimestamp else { throw .noTimestamp }
        for (key, value) in message.tags.sorted(by: { $0.key < $1.key }) {
            do throws(NameError) { try Names.checkTag(key: key, value: value) } catch {
                throw .tag(key, error)
            }
        }
    }
}
