import ByteCoding

/// What is wrong with a serialized `LogEntry`.
package enum EntryError: Error, Hashable, Sendable {
    case undecodable
    /// The content does not suit the stream's type (`spec/formats.md §2`).
    case noContent
}

/// The numbers of a log entry, read from its wire bytes without building it.
package struct EntryHead: Hashable, Sendable {
    package var streamIndex: UInt64 = 0
    package var prefixIndex: UInt64 = 0
    package var sequence: UInt64 = 0

    /// Reads and checks an entry of a stream of type `type`. One pass; nothing is copied.
    package init(
        scanning entry: ArraySlice<UInt8>, validFor type: StreamType
    ) throws(EntryError) {
        let content: (kind: StreamType, bytes: ArraySlice<UInt8>)?
        let isEnough: Bool
        do throws(ByteError) {
            content = try scan(entry)
            isEnough =
                try content.map { content throws(ByteError) in
                    try Self.isEnough(content.bytes, of: type)
                } ?? false
        } catch {
            throw .undecodable
        }
        guard content?.kind == type, isEnough else { throw .noContent }
    }

    /// Takes the numbers; returns the content that came last, as protobuf has it.
    private mutating func scan(
        _ entry: ArraySlice<UInt8>
    ) throws(ByteError) -> (kind: StreamType, bytes: ArraySlice<UInt8>)? {
        var content: (kind: StreamType, bytes: ArraySlice<UInt8>)?
        var scanner = WireScanner(entry)
        while let field = try scanner.next() {
            switch (field.number, field.value) {
            case (2, .varint(let value)): prefixIndex = value
            case (3, .varint(let value)): streamIndex = value
            case (4, .varint(let value)): sequence = value
            case (10, .bytes(let bytes)): content = (.text, bytes)
            case (11, .bytes(let bytes)): content = (.binary, bytes)
            case (12, .bytes(let bytes)): content = (.datagram, bytes)
            case (1, .bytes): break
            case (1...4, _), (10...12, _): throw .badWireType(offset: 0)
            default: break
            }
        }
        return content
    }

    /// Text needs a line, binary a byte; a datagram may be empty.
    private static func isEnough(
        _ content: ArraySlice<UInt8>, of type: StreamType
    ) throws(ByteError) -> Bool {
        var scanner = WireScanner(content)
        var isEnough = type == .datagram
        while let field = try scanner.next() {
            switch (type, field.number, field.value) {
            case (.text, 1, .bytes): isEnough = true
            case (.binary, 2, .bytes(let data)): isEnough = !data.isEmpty
            default: break
            }
        }
        return isEnough
    }
}
