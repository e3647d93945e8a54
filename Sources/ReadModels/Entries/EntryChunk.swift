import ByteCoding
import Coordinator

/// Consecutive entries of one stream, as one record holds them.
struct EntryChunk: Sendable {
    /// The record number of the stream's registration.
    let stream: UInt64
    let first: UInt64
    let count: UInt64
    let content: Content

    enum Content: Sendable {
        /// `count` RecordIO frames.
        case frames(ArraySlice<UInt8>)
        /// Inflated whenever it is read: it costs memory as it came.
        case bundle(KeptBundle)
    }

    /// The index behind the last one; saturating.
    var end: UInt64 { first.addingSaturated(count) }

    /// Of its content in memory.
    var byteCount: Int {
        switch content {
        case .frames(let frames): frames.count
        case .bundle(let bundle): bundle.deflated.count
        }
    }

    /// Hands `body` the entries from `index` on, in order, until it returns false.
    ///
    /// - Throws: if the content is not what the record says.
    func visit(
        from index: UInt64, _ body: (StoredEntry) -> Bool
    ) throws(ChunkError) {
        switch content {
        case .frames(let frames): try visit(frames, from: index, body)
        case .bundle(let bundle): try visit(bundle, from: index, body)
        }
    }

    /// All entries as RecordIO frames.
    ///
    /// - Throws: if the content is not what the record says.
    func framed() throws(ChunkError) -> ArraySlice<UInt8> {
        switch content {
        case .frames(let frames): return frames
        case .bundle(let bundle):
            var frames: [UInt8] = []
            try visit(bundle, from: first) { entry in
                RecordIO.append(entry.bytes, to: &frames)
                return true
            }
            return frames[...]
        }
    }

    private func visit(
        _ frames: ArraySlice<UInt8>, from index: UInt64, _ body: (StoredEntry) -> Bool
    ) throws(ChunkError) {
        var reader = ByteReader(frames)
        do throws(ByteError) {
            for current in first..<end {
                let bytes = try reader.lengthPrefixed()
                guard current >= index else { continue }
                guard body(StoredEntry(index: current, bytes: bytes)) else { return }
            }
        } catch {
            throw .frames(error)
        }
    }

    private func visit(
        _ bundle: KeptBundle, from index: UInt64, _ body: (StoredEntry) -> Bool
    ) throws(ChunkError) {
        let entries: [ArraySlice<UInt8>]
        do throws(KeptBundleError) {
            entries = try bundle.entries()
        } catch {
            throw .bundle(error)
        }
        guard UInt64(entries.count) == count else { throw .count(entries.count) }
        for (current, bytes) in zip(first..<end, entries) where current >= index {
            guard body(StoredEntry(index: current, bytes: bytes)) else { return }
        }
    }
}

/// Why the entries of a record cannot be read although its block is whole.
enum ChunkError: Error, Hashable {
    case frames(ByteError)
    case bundle(KeptBundleError)
    /// The bundle holds so many entries, not what its record says.
    case count(Int)
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
