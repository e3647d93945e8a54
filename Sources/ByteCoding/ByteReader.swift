/// Reads integers and byte runs from the front of a slice, never past its end.
package struct ByteReader: Sendable {
    package let bytes: ArraySlice<UInt8>
    /// Where the next read begins; an index of `bytes`.
    package private(set) var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Bytes consumed so far.
    package var offset: Int { position - bytes.startIndex }
    package var remaining: Int { bytes.endIndex - position }
    package var isAtEnd: Bool { position == bytes.endIndex }

    package mutating func byte() throws(ByteError) -> UInt8 {
        guard position < bytes.endIndex else { throw .cutShort(offset: offset) }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes; a negative count is refused like one that is too large.
    package mutating func take(_ count: Int) throws(ByteError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .cutShort(offset: offset) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    package mutating func littleEndian<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(ByteError) -> Value {
        let width = Value.bitWidth / 8
        guard remaining >= width else { throw .cutShort(offset: offset) }
        var value: Value = 0
        for index in 0..<width {
            value |= Value(truncatingIfNeeded: bytes[position + index]) << Value(8 * index)
        }
        position += width
        return value
    }

    /// A varint of at most ten bytes; longer than minimal forms are accepted.
    package mutating func varint() throws(ByteError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else {
                throw .varintOverflow(offset: start)
            }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw .cutShort(offset: start)
    }

    package mutating func zigZag() throws(ByteError) -> Int64 {
        let raw = try varint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// A byte run behind its varint length.
    package mutating func lengthPrefixed(
        limit: Int = .max
    ) throws(ByteError) -> ArraySlice<UInt8> {
        let start = offset
        let length = try varint()
        guard length <= UInt64(limit) else {
            throw .tooLong(offset: start, length: length, limit: limit)
        }
        guard length <= UInt64(remaining) else { throw .cutShort(offset: start) }
        return try take(Int(length))
    }

    /// A length-prefixed run as text; ill-formed UTF-8 is repaired, never trapped on.
    package mutating func text(limit: Int = .max) throws(ByteError) -> String {
        String(decoding: try lengthPrefixed(limit: limit), as: UTF8.self)
    }
}
