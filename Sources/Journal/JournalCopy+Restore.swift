import Platform

// Restoring.
extension JournalCopy {
    /// Writes the beginning of the journal up to `end` into the target, which must hold no segment,
    /// ready to be opened: every segment is sealed, and an empty one follows. It ends with a whole
    /// commit. A backup gives what it held before newer segments were rewritten, if it kept that.
    ///
    /// - Parameter linking: whether whole segments may be hard links: only of files that are given
    ///   up afterwards.
    /// - Throws: `notEmpty`.
    public func restore(
        to end: End, linking: Bool = false, progress: (Outcome) -> Void = { _ in }
    ) throws(JournalError) -> Outcome {
        let origin = try RestorePoints(backup: source).source(for: end)
        return try JournalCopy(from: origin, to: target, runOf: runOf)
            .restoreBeginning(to: end, linking, progress)
    }

    private func restoreBeginning(
        to end: End, _ linking: Bool, _ progress: (Outcome) -> Void
    ) throws(JournalError) -> Outcome {
        guard try target.segments().isEmpty else { throw .notEmpty(target.path) }
        var outcome = Outcome()
        let segments = try source.segments()
        for (index, segment) in segments.enumerated() where segment > outcome.lastRecord {
            guard segment <= end.record else { break }
            let successor = index + 1 < segments.count ? segments[index + 1] : nil
            let isWhole = try restore(segment, successor, to: end, linking, &outcome)
            progress(outcome)
            guard isWhole else { break }
        }
        try beginNext(behind: outcome)
        return outcome
    }

    /// Begins the segment behind the last one, without which that would be missed.
    private func beginNext(behind outcome: Outcome) throws(JournalError) {
        guard let last = try target.segments().last else { return }
        let file = try SegmentFile(try target.open(last), segment: last)
        defer { file.file.close() }
        let footer = try file.footer(of: file.header())?.footer
        let header = SegmentHeader(
            beginningWith: outcome.lastRecord.next, chainBefore: footer?.chainEnd ?? 0,
            created: outcome.lastTime)
        try target.begin(header).close()
    }

    /// Copies a segment as far as it goes; false if the end lies in it.
    private func restore(
        _ segment: RecordNumber, _ successor: RecordNumber?, to end: End, _ linking: Bool,
        _ outcome: inout Outcome
    ) throws(JournalError) -> Bool {
        let file = try SegmentFile(try source.open(segment), segment: segment)
        defer { file.file.close() }
        let header = try file.header()
        let found = try file.wholeFooter(of: header)
        if let table = found?.footer.table, table.lastRecord <= end.record,
            table.lastTime <= end.time
        {
            try place(file, linking: linking, &outcome)
            outcome.lastRecord = table.lastRecord
            outcome.lastTime = table.lastTime
            return true
        }
        let walk = SegmentWalk(
            try file.image(header, end: found?.offset ?? file.size),
            sealed: found != nil || successor != nil,
            durableElsewhere: successor.map { RecordNumber(rawValue: $0.rawValue - 1) } ?? .none)
        let place = walk.end(of: end)
        if place.lastRecord >= segment {
            try seal(walk, at: place.offset, found?.footer.omission, &outcome)
        }
        return successor != nil && place.offset == walk.end
    }

    /// Writes the blocks before `offset` and a footer of their own.
    private func seal(
        _ walk: SegmentWalk, at offset: Int, _ omission: Omission?, _ outcome: inout Outcome
    ) throws(JournalError) {
        let header = walk.image.header
        let bytes = Array(walk.image.bytes[..<offset])
        let part = SegmentWalk(
            SegmentImage(header: header, bytes: bytes, end: offset), sealed: true)
        let table = OpenSegment(part, runOf: runOf).table
        var left = Omission(in: part)
        left.subjects = omission?.subjects ?? []
        left.reliedOn = omission?.reliedOn ?? .none
        let last = part.lastRecord.rawValue
        left.lost = (omission?.lost ?? []).filter { $0.lowerBound <= last }
            .map { $0.lowerBound...min($0.upperBound, last) }
        let footer = SegmentFooter(
            generation: header.generation, salt: header.salt, firstRecord: header.firstRecord,
            chainEnd: part.chain, omission: left, table: table)
        try write(header.firstRecord) { (add) throws(JournalError) in
            try add(bytes)
            try add(footer.encoded(at: offset))
        }
        outcome.copied += 1
        outcome.bytes += offset
        outcome.losses += part.losses
        outcome.lastRecord = part.lastRecord
        outcome.lastTime = table.lastTime
    }
}

extension SegmentWalk {
    /// The end of the last commit that lies before `end`.
    func end(
        of end: JournalCopy.End
    ) -> (offset: Int, lastRecord: RecordNumber, time: Timestamp) {
        var place = (
            offset: SegmentHeader.length,
            lastRecord: RecordNumber(rawValue: image.header.firstRecord.rawValue &- 1),
            time: Timestamp.zero
        )
        var last = place.lastRecord
        for step in kept {
            last = max(last, step.header.lastRecord)
            guard last <= end.record, step.header.time <= end.time else { break }
            guard step.header.flags.contains(.commitEnd) else { continue }
            place = (step.end, last, step.header.time)
        }
        return place
    }
}
