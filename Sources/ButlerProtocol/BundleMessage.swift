import ByteCoding

/// A metadata frame and a body frame, as a Butler publishes them.
package struct BundleMessage: Sendable {
    /// Most bytes of either frame, and of the body once inflated.
    package static let limit = 10 << 20

    /// As the metadata says; only "1" is understood.
    package let protoVersion: String
    /// Inflated.
    package let body: ArraySlice<UInt8>
    /// The zlib stream that `body` came in, if it came in one with nothing behind it.
    package let deflated: ArraySlice<UInt8>?
    /// Both frames, in bytes.
    package let wireLength: Int

    /// Takes one message from the front of `reader`; nil at a clean end.
    ///
    /// - Throws: `incomplete` if the bytes end inside the message; then nothing is consumed and
    ///   the same call may be made again with more of them. Any other error is final.
    package static func next(
        from reader: inout ByteReader, _ inflater: Inflater
    ) throws(BundleError) -> BundleMessage? {
        guard !reader.isAtEnd else { return nil }
        let start = reader
        do throws(BundleError) {
            let metadata = try Metadata(try frame(&reader))
            let stored = try frame(&reader)
            let body: ArraySlice<UInt8>
            var deflated: ArraySlice<UInt8>?
            switch metadata.compression {
            case 0:
                guard stored.count < limit else { throw .bodyTooLong(limit: limit) }
                body = stored
            case 1:
                let (inflated, isAll) = try inflate(stored, inflater)
                body = inflated
                if isAll { deflated = stored }
            default: throw .unknownCompression(metadata.compression)
            }
            return BundleMessage(
                protoVersion: metadata.protoVersion, body: body, deflated: deflated,
                wireLength: reader.offset - start.offset)
        } catch {
            if error == .incomplete { reader = start }
            throw error
        }
    }

    private static func frame(_ reader: inout ByteReader) throws(BundleError) -> ArraySlice<UInt8> {
        do throws(ByteError) {
            guard let frame = try RecordIO.next(from: &reader, limit: limit) else {
                throw .cutShort(offset: reader.offset)
            }
            return frame
        } catch {
            switch error {
            case .cutShort: throw .incomplete
            case .tooLong(_, let length, let limit): throw .frameTooLong(length, limit: limit)
            case .varintOverflow, .badWireType: throw .badFrame
            }
        }
    }

    /// The inflated body must end before the limit; one of exactly the limit is refused, too.
    /// Bytes behind the zlib stream are passed over, as Go's reader does, and told of.
    private static func inflate(
        _ stored: ArraySlice<UInt8>, _ inflater: Inflater
    ) throws(BundleError) -> (body: ArraySlice<UInt8>, isAll: Bool) {
        var body: [UInt8] = []
        do throws(DeflateError) {
            try inflater.inflate(stored, into: &body, limit: limit - 1)
        } catch {
            switch error {
            case .tooLong: throw .bodyTooLong(limit: limit)
            case .trailingBytes: return (body[...], false)
            case .damaged, .cutShort: throw .badCompression
            }
        }
        return (body[...], true)
    }

    private struct Metadata {
        var compression: UInt64 = 0
        var protoVersion = ""

        init(_ frame: ArraySlice<UInt8>) throws(BundleError) {
            var type: UInt64 = 0
            do throws(ByteError) {
                var scanner = WireScanner(frame)
                while let field = try scanner.next() {
                    switch (field.number, field.value) {
                    case (1, .varint(let value)): type = value
                    case (2, .varint(let value)): compression = value
                    case (3, .bytes(let bytes)):
                        protoVersion = String(decoding: bytes, as: UTF8.self)
                    case (1...3, _): throw .badWireType(offset: 0)
                    default: break
                    }
                }
            } catch {
                throw .badMetadata
            }
            guard type == 1 else { throw .unknownContentType(type) }
        }
    }
}
