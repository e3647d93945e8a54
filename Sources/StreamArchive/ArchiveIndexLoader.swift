import ByteCoding

/// Reads an index file, a megabyte at a time, and checks it.
package enum ArchiveIndexLoader {
    private static let piece: UInt64 = 1 << 20
    /// No field of an index is longer: a descriptor comes in a bundle of 10 MiB at most.
    private static let fieldLimit = 16 << 20

    /// The index in an object; costs one read for every megabyte it has.
    ///
    /// - Throws: `missing`, `damaged` or `store`.
    package static func load(
        _ object: StoredObject
    ) throws(ArchiveError) -> ArchiveIndex {
        var buffer: [UInt8] = []
        var parser = Parser(url: object.url)
        var offset: UInt64 = 0
        while true {
            let bytes = try object.read(offset..<offset + piece)
            offset += UInt64(bytes.count)
            buffer += bytes
            let isLast = bytes.count < Int(piece)
            let used = try parser.take(buffer, isLast: isLast)
            if isLast { return try parser.finish(at: offset) }
            buffer.removeFirst(used)
            guard buffer.count <= fieldLimit else {
                throw parser.damaged(at: offset, "a field is longer than \(fieldLimit) bytes")
            }
        }
    }

    private struct Parser {
        let url: String
        var index = ArchiveIndex()
        /// Where in the file the buffer begins.
        var start: UInt64 = 0
        var checksum: UInt32 = 0
        /// Nil if the file has none.
        var isIntact: Bool?

        init(url: String) { self.url = url }

        /// Takes the whole fields at the front of `buffer` and returns how long they are.
        mutating func take(_ buffer: [UInt8], isLast: Bool) throws(ArchiveError) -> Int {
            var scanner = WireScanner(buffer[...])
            var taken = 0
            do throws(ByteError) {
                while let field = try scanner.next() {
                    let bytes = buffer[taken..<scanner.position]
                    if field.number == ArchiveFormat.Field.indexChecksum,
                        case .fixed32(let value) = field.value
                    {
                        isIntact = value == checksum
                    }
                    try index.take(field)
                    checksum = crc32(bytes, continuing: checksum)
                    taken = scanner.position
                }
            } catch {
                if !isLast, case .cutShort = error {
                    start += UInt64(taken)
                    return taken
                }
                throw damaged(at: start + UInt64(taken), "\(error)")
            }
            start += UInt64(taken)
            return taken
        }

        mutating func finish(at end: UInt64) throws(ArchiveError) -> ArchiveIndex {
            if isIntact == false { throw damaged(at: 0, "its checksum is another one") }
            if index.entriesSize != nil, isIntact == nil {
                throw damaged(at: end, "it ends before its checksum")
            }
            if let reason = index.contradiction { throw damaged(at: 0, reason) }
            index.settle()
            return index
        }

        func damaged(at offset: UInt64, _ reason: String) -> ArchiveError {
            .damaged(object: url, offset: offset, reason: reason)
        }
    }
}
