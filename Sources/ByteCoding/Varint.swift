// Unsigned LEB128, as protobuf and RecordIO use it.

/// The number of bytes that `value` takes as a varint: 1 to 10.
package func varintLength(_ value: UInt64) -> Int {
    value == 0 ? 1 : (64 - value.leadingZeroBitCount + 6) / 7
}

extension Array where Element == UInt8 {
    /// Appends `value` as a varint of minimal length.
    package mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a signed value in zig-zag form, so that small magnitudes stay short.
    package mutating func appendZigZag(_ value: Int64) {
        appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Appends the bytes of `value`, least significant first.
    package mutating func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends `bytes` behind their length as a varint. The form for slices is not generic: across
    /// modules that costs each entry of a bundle 0.2 µs.
    package mutating func appendLengthPrefixed(_ bytes: ArraySlice<UInt8>) {
        appendVarint(UInt64(bytes.count))
        append(contentsOf: bytes)
    }

    /// Appends `bytes` behind their length as a varint.
    package mutating func appendLengthPrefixed(_ bytes: some Collection<UInt8>) {
        appendVarint(UInt64(bytes.count))
        // In one move: appended as a generic collection, each entry of a bundle costs 0.1 µs more.
        let moved: Void? = bytes.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if moved == nil { append(contentsOf: bytes) }
    }

    /// Appends the UTF-8 form of `text` behind its length as a varint.
    package mutating func appendLengthPrefixed(_ text: String) {
        appendVarint(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
