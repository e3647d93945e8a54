import CZlib

/// CRC-32 (the polynomial of zlib, RFC 1952) of `bytes`, continuing from `previous`.
package func crc32(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let start else { return previous }
    return UInt32(truncatingIfNeeded: crc32_z(UInt(previous), start, bytes.count))
}

/// CRC-32 of `bytes`, continuing from `previous`.
package func crc32(_ bytes: ArraySlice<UInt8>, continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { crc32($0, continuing: previous) }
}
