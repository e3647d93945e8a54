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

    /// Records that were acknowledged and cannot be read any more.
    public struct Loss: Hashable, Sendable {
        public let damage: Damage
        public let first: RecordNumber
        public let last: RecordNumber
    }

    public internal(set) var cuts: [Cut] = []
    public internal(set) var losses: [Loss] = []
    /// Segments that had to be sealed again after a crash in between.
    public internal(set) var resealed: [RecordNumber] = []

    public var isClean: Bool { cuts.isEmpty && losses.isEmpty }
}

extension RecoveryReport: CustomStringConvertible {
    public var description: String {
        if isClean { return "clean" }
        let cutTexts = cuts.map { cut in
            "cut \(cut.length) bytes at segment \(cut.segment), offset \(cut.offset), "
                + (cut.isUndecidable ? "torn or lost, undecidable" : "never acknowledged")
                + ", kept as \(cut.keptAs)"
        }
        let lossTexts = losses.map { loss in
            "lost records \(loss.first) to \(loss.last): \(loss.damage)"
        }
        return (cutTexts + lossTexts).joined(separator: "; ")
    }
}
