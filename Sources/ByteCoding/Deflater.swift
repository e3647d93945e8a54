import CZlib

/// What can be wrong with a zlib stream.
package enum DeflateError: Error, Hashable, Sendable {
    /// Not a zlib stream, or its content does not agree with its checksum.
    case damaged
    /// The stream ends before its end marker.
    case cutShort
    /// It inflates to more than `limit` bytes.
    case tooLong(limit: Int)
    /// Bytes follow the end of the stream.
    case trailingBytes(Int)
}

/// Which envelope surrounds deflated bytes.
package enum DeflateEnvelope: Sendable {
    /// RFC 1950.
    case zlib
    /// RFC 1952.
    case gzip

    fileprivate var windowBits: Int32 { self == .zlib ? 15 : 15 + 16 }
}

/// Deflates one buffer after another, each into a stream of its own. Not for concurrent use.
package final class Deflater {
    // zlib keeps pointers into the stream, so it lives at one address for as long as this object.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 0 (store) to 9 (smallest).
    package init(level: Int32 = 1, envelope: DeflateEnvelope = .zlib) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, envelope.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has memory for a deflate state")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Appends the deflated form of `input` to `output` and returns its length.
    @discardableResult
    package func deflate(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Int {
        precondition(input.count <= Int(UInt32.max) / 2, "one call deflates less than 2 GiB")
        deflateReset(stream)
        let start = output.count
        let bound = Int(deflateBound(stream, UInt(input.count)))
        output.append(contentsOf: repeatElement(0, count: bound))
        let written = output.withUnsafeMutableBytes { buffer -> Int in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[start...])
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(bound)
            let status = CZlib.deflate(stream, Z_FINISH)
            precondition(status == Z_STREAM_END, "deflateBound is an upper bound")
            return bound - Int(stream.pointee.avail_out)
        }
        output.removeLast(bound - written)
        return written
    }

    @discardableResult
    package func deflate(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) -> Int {
        input.withUnsafeBytes { deflate($0, into: &output) }
    }
}
