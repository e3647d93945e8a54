/// What can be wrong with bytes that came from a disk or a socket.
///
/// Offsets count from the start of the bytes that were handed in.
package enum ByteError: Error, Hashable, Sendable {
    /// The bytes end before the value that begins at `offset` does.
    case cutShort(offset: Int)
    /// A varint of more than ten bytes, or one that does not fit 64 bits.
    case varintOverflow(offset: Int)
    /// A declared length above what the reader accepts.
    case tooLong(offset: Int, length: UInt64, limit: Int)
    /// A protobuf key with field number zero, a group, or an unknown wire type.
    case badWireType(offset: Int)
}
