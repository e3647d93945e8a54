/// How sparse an index is: which entries it names besides the first and the last
/// (`spec/formats.md §3.2`).
package struct IndexSparsity: Hashable, Sendable {
    /// An entry so many stream indexes behind the one named last is named; 0: this does not count.
    package var streamRange: UInt64
    /// The same for indexes of the prefix.
    package var prefixRange: UInt64
    /// An entry is named once so many bytes of entries, without frame headers, lie before it.
    package var byteRange: UInt64

    /// Without any of the three every entry is named.
    package init(streamRange: UInt64 = 0, prefixRange: UInt64 = 0, byteRange: UInt64 = 0) {
        let namesAll = streamRange == 0 && prefixRange == 0 && byteRange == 0
        self.streamRange = namesAll ? 1 : streamRange
        self.prefixRange = prefixRange
        self.byteRange = byteRange
    }

    /// What the archivist uses unless it is told otherwise: 16 bytes of index for 64 KiB of log,
    /// and one read of 64 KiB or little more to get at any entry.
    package static let usual = IndexSparsity(byteRange: 64 << 10)

    /// The most bytes between two named entries in archives that carry checksums: a reader checks
    /// and holds them at once.
    static let checkedRange: UInt64 = 1 << 20

    /// The same with `byteRange` bounded, unless every entry is named anyway.
    var bounded: IndexSparsity {
        guard streamRange != 1, prefixRange != 1 else { return self }
        var bounded = self
        bounded.byteRange =
            byteRange == 0 ? Self.checkedRange : min(byteRange, Self.checkedRange)
        return bounded
    }
}
