/// The value of one protobuf field as it stands on the wire.
package enum WireValue: Sendable {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ArraySlice<UInt8>)
}

/// One protobuf field as it stands on the wire.
package struct WireField: Sendable {
    package let number: UInt64
    package let value: WireValue
}

/// Walks the fields of a serialized protobuf message without building it.
///
/// Groups are refused: no LogDog message has them.
package struct WireScanner: Sendable {
    private var reader: ByteReader

    package init(_ message: ArraySlice<UInt8>) { reader = ByteReader(message) }

    /// Where the next field begins; an index of the scanned slice.
    package var position: Int { reader.position }

    /// The next field, or nil at the end of the message.
    package mutating func next() throws(ByteError) -> WireField? {
        guard !reader.isAtEnd else { return nil }
        let start = reader.offset
        let key = try reader.varint()
        let number = key >> 3
        guard number > 0, number < 1 << 29 else { throw .badWireType(offset: start) }
        switch key & 7 {
        case 0: return WireField(number: number, value: .varint(try reader.varint()))
        case 1: return WireField(number: number, value: .fixed64(try reader.littleEndian()))
        case 2: return WireField(number: number, value: .bytes(try reader.lengthPrefixed()))
        case 5: return WireField(number: number, value: .fixed32(try reader.littleEndian()))
        default: throw .badWireType(offset: start)
        }
    }
}

extension Array where Element == UInt8 {
    /// Appends a varint field of a protobuf message; zero is written too.
    package mutating func appendWireField(_ number: UInt64, varint value: UInt64) {
        appendVarint(number << 3)
        appendVarint(value)
    }

    /// Appends a length-delimited field of a protobuf message.
    package mutating func appendWireField(_ number: UInt64, bytes: some Collection<UInt8>) {
        appendVarint(number << 3 | 2)
        appendLengthPrefixed(bytes)
    }
}
