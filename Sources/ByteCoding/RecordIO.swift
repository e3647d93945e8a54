// RecordIO: a plain concatenation of `uvarint(length) payload` frames (spec/formats.md §1).

/// The limits and forms of RecordIO frames.
package enum RecordIO {
    /// Appends `payload` to `output` as one frame.
    package static func append(_ payload: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.appendLengthPrefixed(payload)
    }

    /// Appends `payload` to `output` as one frame.
    package static func append(_ payload: some Collection<UInt8>, to output: inout [UInt8]) {
        output.appendLengthPrefixed(payload)
    }

    /// Takes one frame from the front of `reader`, or nil at a clean end.
    ///
    /// - Throws: `cutShort` when the bytes end inside the frame, `tooLong` before the payload is
    ///   looked at when it declares more than `limit`.
    package static func next(
        from reader: inout ByteReader, limit: Int
    ) throws(ByteError) -> ArraySlice<UInt8>? {
        if reader.isAtEnd { return nil }
        return try reader.lengthPrefixed(limit: limit)
    }
}
