import Platform

#if canImport(Glibc)
    import Glibc
#endif

/// Copies what is durable of a journal into another directory, also while it is written to.
///
/// After every step the other directory holds a journal that can be read: a beginning of this one.
/// Takes no lock; the target must belong to the caller alone.
public struct JournalCopy: Sendable {
    let source: JournalDirectory
    let target: JournalDirectory
    let runOf: RunOf

    /// Bytes that are copied between two syncs.
    private static let slice = 1 << 20

    public init(
        from source: JournalDirectory, to target: JournalDirectory, runOf: @escaping RunOf
    ) {
        self.source = source
        self.target = target
        self.runOf = runOf
    }

    /// Where a copy is to end.
    public struct End: Hashable, Sendable {
        /// It holds no record behind this one,
        public var record: RecordNumber
        /// and none that was decided later. Rewritten blocks have the time of their last record.
        public var time: Timestamp

        public init(record: RecordNumber = .last, time: Timestamp = .distantFuture) {
            self.record = record
            self.time = time
        }

        public static let all = End()
    }

    /// What a copy came to.
    public struct Outcome: Hashable, Sendable {
        public var copied = 0
        /// By a hard link: the two directories share the file.
        public var linked = 0
        /// Segments that the target had already.
        public var present = 0
        public var bytes = 0
        /// The end of what the target holds now.
        public var lastRecord = RecordNumber.none
        public var lastTime = Timestamp.zero
        /// Damage in what was copied; copied all the same.
        public var losses: [RecoveryReport.Loss] = []

        /// Nothing yet.
        public init() {}
    }

    /// Brings the target up to what is durable now, adding only what it lacks.
    ///
    /// Sealed segments are linked where the file system allows it, else copied; what there is of
    /// the open one is copied up to the last commit that a stamp covers. A segment that the target
    /// has already is left as it is, also if it has been rewritten here since; where a rewritten
    /// one reaches beyond what the target has, that is kept as it was below `earlier`. So every
    /// record up to the end can still be restored to with all that belongs to it.
    public func backUp(
        linking: Bool, progress: (Outcome) -> Void = { _ in }
    ) throws(JournalError) -> Outcome {
        for _ in 1..<DurableSegments.attempts {
            do throws(JournalError) {
                return try copyOnce(linking: linking, progress)
            } catch {
                guard case .gone = error else { throw error }
            }
        }
        return try copyOnce(linking: linking, progress)
    }
}

// Backing up.
extension JournalCopy {
    private func copyOnce(
        linking: Bool, _ progress: (Outcome) -> Void
    ) throws(JournalError) -> Outcome {
        var outcome = Outcome()
        var present = try sealedRanges()
        var segments = try DurableSegments(of: source)
        while let segment = try segments.next() {
            if !segment.isSealed {
                try copy(segment, &outcome)
            } else if segment.isCovered(by: present) {
                outcome.present += 1
            } else {
                // It lacks what is needed at records before those that its rewriting relied on.
                let range = segment.range
                if segment.generation > 0, try target.segments().contains(where: range.contains) {
                    try RestorePoints(backup: target).keep(runOf)
                }
                try place(segment.file, linking: linking, &outcome)
                // What the target had of it in several files is in this one now.
                let merged = try target.segments().filter {
                    $0 > segment.first && range.contains($0)
                }
                try target.remove(merged)
                present.append(range)
            }
            outcome.losses += segment.losses
            outcome.lastRecord = max(outcome.lastRecord, segment.last)
            outcome.lastTime = max(outcome.lastTime, segment.lastTime)
            progress(outcome)
        }
        return outcome
    }

    /// What the target holds in sealed segments.
    private func sealedRanges() throws(JournalError) -> [ClosedRange<RecordNumber>] {
        var ranges: [ClosedRange<RecordNumber>] = []
        for segment in try target.segments() {
            let file = try SegmentFile(try target.open(segment), segment: segment)
            defer { file.file.close() }
            guard let (footer, _) = try file.wholeFooter(of: try file.header()) else { continue }
            ranges.append(segment...max(segment, footer.table.lastRecord))
        }
        return ranges
    }

    /// Puts every file as it is into the target, in their order, unless it is there.
    func placeAll() throws(JournalError) {
        var outcome = Outcome()
        let present = Set(try target.segments())
        for segment in try source.segments() where !present.contains(segment) {
            let file = try SegmentFile(try source.open(segment), segment: segment)
            defer { file.file.close() }
            try place(file, linking: true, &outcome)
        }
    }

    /// Puts the whole file into the target.
    func place(
        _ file: SegmentFile, linking: Bool, _ outcome: inout Outcome
    ) throws(JournalError) {
        outcome.bytes += file.size
        if linking, try link(file.segment) {
            outcome.linked += 1
            return
        }
        outcome.copied += 1
        try write(file.segment) { (add) throws(JournalError) in
            var offset = 0
            while offset < file.size {
                let piece = try file.read(Self.slice, at: offset)
                try add(piece)
                offset += piece.count
            }
        }
    }

    /// False if the file system cannot link between the two directories.
    private func link(_ segment: RecordNumber) throws(JournalError) -> Bool {
        let temporary = target.replacementPath(segment)
        do throws(FileError) {
            if try target.files.status(temporary) != nil { try target.files.remove(temporary) }
            try target.files.link(source.segmentPath(segment), as: temporary)
        } catch {
            switch error.code {
            case EXDEV, EPERM, EMLINK, EOPNOTSUPP: return false
            case ENOENT: throw .gone(BlockLocation(segment: segment, generation: 0, offset: 0))
            default: throw .file(error)
            }
        }
        try onDisk { () throws(FileError) in
            try target.files.rename(temporary, to: target.segmentPath(segment))
            try target.files.syncDirectory(target.path)
        }
        return true
    }

    /// Copies what is durable of a segment without a footer.
    private func copy(
        _ segment: DurableSegment, _ outcome: inout Outcome
    ) throws(JournalError) {
        try write(segment.first) { (add) throws(JournalError) in
            try add(try segment.read(segment.size, at: 0))
        }
        outcome.copied += 1
        outcome.bytes += segment.size
    }

    /// Writes a file of the target, which takes its name once it is whole.
    func write(
        _ segment: RecordNumber,
        _ content: (([UInt8]) throws(JournalError) -> Void) throws(JournalError) -> Void
    ) throws(JournalError) {
        let file = try SegmentReplacement(of: segment, in: target, slice: Self.slice)
        do throws(JournalError) {
            try content { (bytes) throws(JournalError) in _ = try file.append(bytes) }
            try file.finish()
            try file.takePlace()
        } catch {
            file.abandon()
            throw error
        }
    }
}
