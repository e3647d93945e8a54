import ByteCoding

/// An entry as an archive holds it.
package struct ArchivedEntry: Hashable, Sendable {
    package let index: UInt64
    /// Serialized, as it came in.
    package let bytes: ArraySlice<UInt8>
}

/// Reads entries out of an entries file, by ranges that its index gives.
package struct ArchiveReader: Sendable {
    let object: StoredObject
    let index: ArchiveIndex

    /// - Parameter index: an empty one has everything read from the beginning.
    package init(_ object: StoredObject, _ index: ArchiveIndex) {
        self.object = object
        self.index = index
    }

    /// Hands `body` the entries from stream index `from` on, until it returns false.
    ///
    /// - Parameter limit: as many entries at most; as in the original fewer may come across holes,
    ///   although more exist. Nil: no limit.
    /// - Throws: `missing`, `damaged` or `store`; what was handed out before that is intact.
    package func read(
        from first: UInt64, limit: UInt64?, _ body: (ArchivedEntry) -> Bool
    ) throws(ArchiveError) {
        guard limit != 0, let plan = ReadPlan(index, from: first, limit: limit) else { return }
        var pieces = ArchivePieces(object, index, plan)
        var left = limit ?? .max
        var isAtDescriptor = plan.start == 0
        while let piece = try pieces.next() {
            var reader = ByteReader(piece)
            while let frame = try frame(from: &reader, &pieces) {
                if isAtDescriptor {
                    isAtDescriptor = false
                    continue
                }
                let numbers = frame.withUnsafeBytes { EntryNumbers($0) }
                guard let numbers else {
                    throw pieces.damaged(before: reader.remaining, "an entry is ill-formed")
                }
                guard numbers.streamIndex >= first else { continue }
                let entry = ArchivedEntry(index: numbers.streamIndex, bytes: frame)
                left -= 1
                guard body(entry), left > 0 else { return }
            }
        }
    }

    /// The last entry; nil if there is none (`spec/formats.md §3.5`).
    package func last() throws(ArchiveError) -> ArchivedEntry? {
        var found: ArchivedEntry?
        if index.lastStreamIndex > 0 {
            try read(from: index.lastStreamIndex, limit: 1) { entry in
                found = entry
                return false
            }
            return found
        }
        try read(from: index.marks.last?.streamIndex ?? 0, limit: nil) { entry in
            found = entry
            return true
        }
        return found
    }

    /// The next whole frame; nil when the rest has to wait for the next piece.
    private func frame(
        from reader: inout ByteReader, _ pieces: inout ArchivePieces
    ) throws(ArchiveError) -> ArraySlice<UInt8>? {
        let before = reader
        do throws(ByteError) {
            return try RecordIO.next(from: &reader, limit: ArchiveFormat.frameLimit)
        } catch {
            guard case .cutShort = error else {
                throw pieces.damaged(before: before.remaining, "a frame is ill-formed: \(error)")
            }
            pieces.keep(reader.bytes[before.position...])
            return nil
        }
    }
}
