import Platform

/// What opening a journal found and did.
public struct RecoveryReport: Hashable, Sendable {
    /// Bytes that were cut off the end, and where they are kept.
    public struct Cut: Hashable, Sendable {
        public let segment: RecordNumber
        public let offset: Int
        public let length: Int
        /// The file under `aside` that holds the bytes now.
        public let keptAs: String
        /// Whether they may have been the last acknowledged commit, rotted before its mark.
        public let isUndecidable: Bool
    }

    /// Damage to what was durable.
    public struct Loss: Hashable, Sendable {
        public let damage: Damage
        /// The records that cannot be read any more; nil if the damaged bytes held none, such as a
        /// mark.
        public let records: ClosedRange<RecordNumber>?

        /// Whether a repair has named it: then nothing is left to be mended.
        public var isMended: Bool { damage.cause == .mended }

        /// - Parameter last: before `first` if nothing is missing.
        public init(damage: Damage, first: RecordNumber, last: RecordNumber) {
            self.damage = damage
            records = first <= last ? first...last : nil
        }
    }

    /// Items that rewriting left out of a segment because of records that the journal does not
    /// hold: it was restored to an earlier end, or has lost what came later.
    public struct Unexplained: Hashable, Sendable {
        public let segment: RecordNumber
        /// The record that was relied on; `last` once that has been made known for ever.
        public let reliedOn: RecordNumber
        /// What lost items, ascending.
        public let subjects: [UInt64]
    }

    /// An end that no crash leaves: behind it there was more once, and nobody knows how much.
    public struct Shortening: Hashable, Sendable {
        public let segment: RecordNumber
        /// Of the segment's file, in bytes.
        public let size: Int
        /// The last record that is there; what came after it may be lost.
        public let lastRecord: RecordNumber
        public let cause: Cause

        public enum Cause: Hashable, Sendable {
            /// It is the segment behind this one that is missing.
            case successorMissing
            /// There is no room for a mark behind what is there.
            case cutShort
            /// Its header cannot be read, nor any block of it.
            case unreadable
        }
    }

    public internal(set) var cuts: [Cut] = []
    public internal(set) var losses: [Loss] = []
    /// Segments that had to be sealed again after a crash in between.
    public internal(set) var resealed: [RecordNumber] = []

    /// Told at every start from then on.
    public internal(set) var unexplained: [Unexplained] = []

    /// Told once: where the journal ends from then on, it goes on.
    public internal(set) var shortening: Shortening?

    public var isClean: Bool {
        cuts.isEmpty && losses.isEmpty && unexplained.isEmpty && shortening == nil
    }
}

extension RecoveryReport: CustomStringConvertible {
    public var description: String {
        if isClean { return "clean" }
        let cutTexts = cuts.map { cut in
            "cut \(cut.length) bytes at segment \(cut.segment), offset \(cut.offset), "
                + (cut.isUndecidable ? "torn or lost, undecidable" : "never acknowledged")
                + ", kept as \(cut.keptAs)"
        }
        let unexplainedTexts = unexplained.map { found in
            "items of \(found.subjects.count) subjects were left out of segment "
                + "\(found.segment) because of records that are not there"
        }
        let parts = cutTexts + losses.map(\.description) + unexplainedTexts
        return (parts + [shortening?.description].compactMap(\.self)).joined(separator: "; ")
    }
}

extension RecoveryReport.Shortening: CustomStringConvertible {
    public var description: String {
        let what =
            switch cause {
            case .successorMissing: "the segment behind segment \(segment) is missing"
            case .cutShort: "segment \(segment) was cut short to \(size) bytes"
            case .unreadable: "nothing of segment \(segment), the last one, can be read"
            }
        return "\(what): records after \(lastRecord) may be lost"
    }
}

extension RecoveryReport.Loss: CustomStringConvertible {
    public var description: String {
        guard let records else { return "no record lost: \(damage)" }
        return "lost records \(records.lowerBound) to \(records.upperBound): \(damage)"
    }
}
