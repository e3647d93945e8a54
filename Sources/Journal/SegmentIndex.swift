import ByteCoding

/// What an index record says: the runs of a stretch of the open segment, and the totals up to its
/// end.
struct SegmentIndex: Hashable, Sendable {
    /// The segment that it speaks of; not the one that it lies in if that was sealed meanwhile.
    var segment: RecordNumber
    /// The offset from which on its runs are: where the index record before it ended. One whose
    /// predecessor is missing is passed over.
    var coveredFrom: UInt32
    /// Totals from the start of the segment; runs from `coveredFrom`.
    var table: RunTable

    init(segment: RecordNumber, coveredFrom: UInt32, table: RunTable) {
        self.segment = segment
        self.coveredFrom = coveredFrom
        self.table = table
    }

    var encoded: [UInt8] {
        var payload: [UInt8] = []
        payload.appendVarint(segment.rawValue)
        payload.appendVarint(UInt64(coveredFrom))
        table.encode(into: &payload)
        return payload
    }

    /// Nil if the bytes are no index.
    init?(decoding payload: ArraySlice<UInt8>) {
        var reader = ByteReader(payload)
        do throws(ByteError) {
            segment = RecordNumber(rawValue: try reader.varint())
            coveredFrom = UInt32(truncatingIfNeeded: try reader.varint())
            table = try RunTable(decoding: &reader)
        } catch {
            return nil
        }
    }
}

/// The payload of index records that are written for their number alone.
public enum SegmentIndexPayload {
    /// Speaks of segment 0, which no segment is: readers pass it over.
    public static let ofNoSegment = SegmentIndex(
        segment: .none, coveredFrom: 0, table: RunTable()
    ).encoded
}
