/// One entry of a stream as it was sent.
package struct StoredEntry: Hashable, Sendable {
    package let index: UInt64
    /// The serialized `LogEntry`, exactly as the client sent it; a slice of a cached block.
    package let bytes: ArraySlice<UInt8>

    package init(index: UInt64, bytes: ArraySlice<UInt8>) {
        self.index = index
        self.bytes = bytes
    }
}

/// What one read of a stream returned, in index order.
package struct EntryPage: Sendable {
    package var entries: [StoredEntry] = []
    /// The sum of the entries' lengths, without framing.
    package var byteCount = 0

    package init() {}

    mutating func append(_ entry: StoredEntry) {
        entries.append(entry)
        byteCount += entry.bytes.count
    }
}
