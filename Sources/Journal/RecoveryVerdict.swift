/// What stands where the next block of a segment should begin.
enum Finding: Hashable, Sendable, CaseIterable {
    /// A whole block whose commit is whole too.
    case whole
    /// Whole blocks, but the commit never got its last one.
    case commitIncomplete
    /// Nothing but zeros to the end.
    case zeros
    /// Bytes that are no block of this segment in this place.
    case damaged
}

/// What recovery does about it.
enum Verdict: Hashable, Sendable {
    case keep
    case cleanEnd
    /// Never acknowledged: cut off and kept aside.
    case cutTorn
    /// Torn, or the last commit rotted before its mark: cut off, kept aside, and said so.
    case cutUndecidable
    /// Was acknowledged: reported, and what is behind it is read on.
    case reportLost
}

extension Finding {
    /// The decision table of recovery, with the story of each row.
    ///
    /// - Parameters:
    ///   - sealed: the segment has a footer or a successor, so all of it was durable once.
    ///   - covered: a later whole block or mark says that what should be here was durable.
    // swift-format-ignore
    func verdict(sealed: Bool, covered: Bool) -> Verdict {
        switch (self, sealed, covered) {
        //    finding            sealed  covered   what must have happened
        case (.whole,            _,      _    ): .keep            // nothing
        case (.commitIncomplete, _,      true ): .reportLost      // its last block rotted after it was durable
        case (.commitIncomplete, true,   false): .reportLost      // a sealed segment was synced: rot
        case (.commitIncomplete, false,  false): .cutTorn         // the crash came before its last block
        case (.zeros,            _,      true ): .reportLost      // a stamp behind zeros: a lost write
        case (.zeros,            true,   false): .cleanEnd        // sealed without a footer: nothing was behind
        case (.zeros,            false,  false): .cleanEnd        // never written
        case (.damaged,          true,   _    ): .reportLost      // a sealed segment was synced: rot
        case (.damaged,          false,  true ): .reportLost      // a later stamp says it was durable: rot
        case (.damaged,          false,  false): .cutUndecidable  // torn, or rotted before its mark
        }
    }
}
