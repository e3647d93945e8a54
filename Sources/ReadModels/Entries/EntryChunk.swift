import ByteCoding

/// Consecutive entries of one stream, as one record holds them.
struct EntryChunk: Sendable {
    /// The record number of the stream's registration.
    let stream: UInt64
    let first: UInt64
    let count: UInt64
    /// `count` RecordIO frames.
    let frames: ArraySlice<UInt8>

    /// The index behind the last one; saturating.
    var end: UInt64 { first.addingSaturated(count) }

    /// Hands `body` the entries from `index` on, in order, until it returns false.
    ///
    /// - Throws: if the frames do not hold what the record says.
    func visit(
        from index: UInt64, _ body: (StoredEntry) -> Bool
    ) throws(ByteError) {
        var reader = ByteReader(frames)
        for current in first..<end {
            let bytes = try reader.lengthPrefixed()
            guard current >= index else { continue }
            guard body(StoredEntry(index: current, bytes: bytes)) else { return }
        }
    }
}

extension Array where Element == EntryChunk {
    /// The chunk of `stream` that holds `index`; the array is sorted by stream, then index.
    func chunk(of stream: UInt64, holding index: UInt64) -> EntryChunk? {
        let position = partitioningIndex { chunk in
            chunk.stream > stream || (chunk.stream == stream && chunk.first > index)
        }
        guard position > startIndex else { return nil }
        let chunk = self[position - 1]
        return chunk.stream == stream && index < chunk.end ? chunk : nil
    }
}

extension UInt64 {
    /// The sum, or the largest number if that is smaller.
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension RandomAccessCollection {
    /// Where the elements begin for which `belongsBehind` holds; they all stand at the end.
    func partitioningIndex(where belongsBehind: (Element) -> Bool) -> Index {
        var low = startIndex
        var count = count
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if belongsBehind(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
