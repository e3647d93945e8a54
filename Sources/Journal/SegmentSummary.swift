import Platform

/// What is known of a segment without reading its blocks.
public struct SegmentSummary: Hashable, Sendable {
    public let segment: RecordNumber
    /// How often it has been rewritten.
    public let generation: UInt32
    /// Of a sealed segment.
    public let lastRecord: RecordNumber?
    public let isSealed: Bool
    /// Of the file, in bytes.
    public let size: Int
    public let created: Timestamp
    /// Of a sealed segment; zero in one without records.
    public let firstTime: Timestamp
    public let lastTime: Timestamp
    /// Of a sealed segment.
    public let countsByKind: [RecordKind: UInt64]
    /// What rewriting left out; nothing as first written.
    public let omission: Omission
    /// The chain value at the end of the segment before, as that was first written.
    public let chainBefore: UInt32
    /// The chain value at its own end, as first written; of a sealed segment.
    public let chainEnd: UInt32?

    init(_ header: SegmentHeader, _ footer: SegmentFooter?, size: Int) {
        let table = footer?.table
        var counts: [RecordKind: UInt64] = [:]
        for (kind, count) in table?.countsByKind ?? [:] {
            counts[RecordKind(rawValue: kind)] = count
        }
        segment = header.firstRecord
        generation = header.generation
        lastRecord = table?.lastRecord
        isSealed = footer != nil
        self.size = size
        created = header.created
        firstTime = table?.firstTime ?? .zero
        lastTime = table?.lastTime ?? .zero
        countsByKind = counts
        omission = footer?.omission ?? Omission()
        chainBefore = header.chainBefore
        chainEnd = footer?.chainEnd
    }

    /// Of a segment whose header cannot be read.
    init(segment: RecordNumber, size: Int) {
        self.segment = segment
        generation = 0
        lastRecord = nil
        isSealed = false
        self.size = size
        created = .zero
        firstTime = .zero
        lastTime = .zero
        countsByKind = [:]
        omission = Omission()
        chainBefore = 0
        chainEnd = nil
    }

    /// How many records rewriting left out.
    public var leftOut: UInt64 { omission.records }
    /// The highest record that a rewriting relied on; `none` without one.
    public var reliedOn: RecordNumber { omission.reliedOn }
}
