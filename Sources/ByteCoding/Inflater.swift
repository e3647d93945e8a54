import CZlib

/// Inflates one stream after another. Not for concurrent use.
package final class Inflater {
    // zlib keeps pointers into the stream, so it lives at one address for as long as this object.
    private let stream: UnsafeMutablePointer<z_stream>

    package init(envelope: DeflateEnvelope = .zlib) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let bits: Int32 = envelope == .zlib ? 15 : 15 + 16
        let status = inflateInit2_(
            stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has memory for an inflate state")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates a whole stream into a buffer of known size and returns how much of it was filled.
    ///
    /// The fast way for blocks whose inflated length is on record.
    package func inflate(
        _ input: UnsafeRawBufferPointer, exactlyInto target: UnsafeMutableRawBufferPointer
    ) throws(DeflateError) -> Int {
        inflateReset(stream)
        feed(input)
        stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: target.count)
        let status = CZlib.inflate(stream, Z_FINISH)
        let written = target.count - Int(stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END:
            let rest = Int(stream.pointee.avail_in)
            guard rest == 0 else { throw .trailingBytes(rest) }
            return written
        case Z_BUF_ERROR, Z_OK:
            if stream.pointee.avail_out == 0 { throw .tooLong(limit: target.count) }
            throw .cutShort
        default: throw .damaged
        }
    }

    /// Appends the inflated form of `input` to `output`; stops with `tooLong` at `limit` bytes, so
    /// that a small bomb costs no more than `limit`.
    ///
    /// - Parameter allowTrailing: whether bytes after the end of the stream are ignored.
    package func inflate(
        _ input: ArraySlice<UInt8>, into output: inout [UInt8], limit: Int,
        allowTrailing: Bool = false
    ) throws(DeflateError) {
        let outcome = input.withUnsafeBytes { source -> DeflateError? in
            inflateReset(stream)
            feed(source)
            return run(into: &output, limit: limit, allowTrailing: allowTrailing)
        }
        if let outcome { throw outcome }
    }

    private func feed(_ input: UnsafeRawBufferPointer) {
        precondition(input.count <= Int(UInt32.max) / 2, "one call inflates less than 2 GiB")
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
    }

    /// Inflates into a buffer of its own, whose bytes need not be zeroed first, and copies what came
    /// out: most streams fit in one piece, so that zlib keeps no window of them either.
    private func run(
        into output: inout [UInt8], limit: Int, allowTrailing: Bool
    ) -> DeflateError? {
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.pieceLength, alignment: 16)
        defer { scratch.deallocate() }
        var produced = 0
        while true {
            // One byte more than allowed, so that a stream of exactly `limit` bytes can end.
            let room = min(scratch.count, limit - produced + 1)
            stream.pointee.next_out = scratch.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(clamping: room)
            let status = CZlib.inflate(stream, Z_FINISH)
            let count = room - Int(stream.pointee.avail_out)
            produced += count
            let wanted = count - max(0, produced - limit)
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<wanted]))
            guard produced <= limit else { return .tooLong(limit: limit) }
            switch status {
            case Z_STREAM_END:
                let rest = Int(stream.pointee.avail_in)
                return rest == 0 || allowTrailing ? nil : .trailingBytes(rest)
            case Z_OK, Z_BUF_ERROR:
                guard stream.pointee.avail_out == 0 else { return .cutShort }
            default: return .damaged
            }
        }
    }

    private static let pieceLength = 64 << 10
}
