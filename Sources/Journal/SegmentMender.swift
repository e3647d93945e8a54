import ByteCoding
import Platform

/// What mending would do to one segment, or has done.
public struct SegmentMending: Hashable, Sendable {
    public enum Need: String, Hashable, Sendable {
        /// Its blocks are whole; only the footer is written anew.
        case footer = "the footer is written anew"
        /// Damaged blocks are left behind.
        case blocks = "damaged blocks are left behind"
        /// Its header is written anew; what is whole behind it is kept.
        case header = "the header is written anew"
        /// An empty segment that names its records as lost takes the place of a missing one.
        case missing = "an empty segment takes the place of a missing one"
    }

    public let segment: RecordNumber
    public let need: Need
    /// The records that are lost in it, ascending: exactly those that cannot be read.
    public internal(set) var lost: [ClosedRange<RecordNumber>]
    /// The records that are kept.
    public internal(set) var kept: Int
    /// What stood behind the last commit of a segment that was open; it is in the copy in `aside`.
    public internal(set) var cuts: [RecoveryReport.Cut] = []
}

/// Writes damaged segments anew: what is whole in them stays as it is, under its numbers; what is
/// lost is named in the footer, so that every reader goes on telling of it.
///
/// Never in place: the original is linked into `aside` first. For one who holds the lock, since a
/// segment that is still open is sealed. Nothing is guessed: a record is kept only out of a block
/// whose checksums fit.
public struct SegmentMender: Sendable {
    private let directory: JournalDirectory
    private let runOf: RunOf
    private let options = RewriteOptions()

    public init(_ directory: JournalDirectory, runOf: @escaping RunOf) {
        self.directory = directory
        self.runOf = runOf
    }

    /// What stands around a segment.
    struct Place {
        let segment: RecordNumber
        /// The last record before it, and the chain value there.
        var before = RecordNumber.none
        var chainBefore: UInt32 = 0
        var successor: SegmentHeader?
        var successorNumber: RecordNumber?
    }

    /// Goes through all segments and mends what has to be mended, or only says so.
    ///
    /// - Parameter applies: false to change nothing.
    public func run(
        applies: Bool, _ tell: (SegmentMending) -> Void
    ) throws(JournalError) {
        let segments = try directory.segments()
        var place = Place(segment: .first)
        for (index, segment) in segments.enumerated() {
            let next = index + 1 < segments.count ? segments[index + 1] : nil
            if segment <= place.before { continue }
            try fillGap(before: segment, &place, applies, tell)
            let header = try next.flatMap { next throws(JournalError) in try wholeHeader(next) }
            place = Place(
                segment: segment, before: place.before, chainBefore: place.chainBefore,
                successor: header, successorNumber: next)
            try mend(&place, applies, tell)
        }
    }

    /// Mends a segment whose header cannot be read, and says where it ends then; nil if what stands
    /// behind the header is not that segment's.
    func mendHeader(
        at place: Place
    ) throws(JournalError) -> (mending: SegmentMending, behind: Place)? {
        guard try SegmentFile.isOwn(place.segment, place.successorNumber, in: directory) else {
            return nil
        }
        var place = place
        place.successor = try place.successorNumber.flatMap { next throws(JournalError) in
            try wholeHeader(next)
        }
        var mending: SegmentMending?
        try mend(&place, true) { mending = $0 }
        return mending.map { ($0, place) }
    }

    private func wholeHeader(_ segment: RecordNumber) throws(JournalError) -> SegmentHeader? {
        let file = try SegmentFile(try directory.open(segment), segment: segment)
        defer { file.file.close() }
        do throws(JournalError) {
            return try file.header()
        } catch {
            guard case .damaged = error else { throw error }
            return nil
        }
    }

    private func fillGap(
        before segment: RecordNumber, _ place: inout Place, _ applies: Bool,
        _ tell: (SegmentMending) -> Void
    ) throws(JournalError) {
        let first = place.before.next
        guard segment > first else { return }
        let last = RecordNumber(rawValue: segment.rawValue - 1)
        let header = try wholeHeader(segment)
        let chainEnd = header?.chainBefore ?? place.chainBefore
        if applies {
            var pass = try beginning(
                SegmentHeader(
                    generation: 0, firstRecord: first, chainBefore: place.chainBefore, salt: 1,
                    created: header?.created ?? .zero), after: 0)
            try pass.pass.lose(first...last)
            try finish(&pass, firstTime: .zero, lastTime: .zero, last: last, chainEnd: chainEnd)
        }
        tell(SegmentMending(segment: first, need: .missing, lost: [first...last], kept: 0))
        place.before = last
        place.chainBefore = chainEnd
    }

    /// Mends the segment if it needs it, and moves `place` behind it.
    private func mend(
        _ place: inout Place, _ applies: Bool, _ tell: (SegmentMending) -> Void
    ) throws(JournalError) {
        var reading = try MendableSegment(directory, place)
        defer {
            place.before = max(place.before, reading.lastRecord)
            place.chainBefore = reading.chainEnd
        }
        guard let need = reading.need else { return }
        var mending = SegmentMending(segment: place.segment, need: need, lost: [], kept: 0)
        if applies {
            let name = try keepAside(place.segment)
            mending.cuts = reading.cut(keptAs: name)
            var rewriting = try beginning(reading.header, after: reading.header.generation)
            rewriting.pass.inherit(reading.omission)
            try reading.visit { (item) throws(JournalError) in
                mending.count(item)
                try rewriting.pass.take(item)
            }
            try finish(
                &rewriting, firstTime: reading.firstTime, lastTime: reading.lastTime,
                last: reading.lastRecord, chainEnd: reading.chainEnd)
        } else {
            try reading.visit { (item) throws(JournalError) in mending.count(item) }
        }
        tell(mending)
    }

    /// A rewriting and the file that it goes to.
    private struct Rewriting {
        var pass: RewritePass
        let target: SegmentReplacement
    }

    private func beginning(
        _ header: SegmentHeader, after generation: UInt32
    ) throws(JournalError) -> Rewriting {
        let target = try SegmentReplacement(
            of: header.firstRecord, in: directory, slice: options.slice)
        let pass = try RewritePass(
            header, generation: generation + 1, rule: .keepAll, runOf: runOf, options: options,
            target: target)
        return Rewriting(pass: pass, target: target)
    }

    private func finish(
        _ rewriting: inout Rewriting, firstTime: Timestamp, lastTime: Timestamp,
        last: RecordNumber, chainEnd: UInt32
    ) throws(JournalError) {
        var table = RunTable()
        table.firstTime = firstTime
        table.lastTime = lastTime
        table.lastRecord = last
        let ends = SegmentFooter(
            generation: 0, salt: 0, firstRecord: .none, chainEnd: chainEnd,
            omission: Omission(), table: table)
        try rewriting.pass.finish(first: ends, last: ends)
        try rewriting.target.takePlace()
    }

    /// Links the file as it is into `aside`, under a name that is free, and returns that.
    private func keepAside(_ segment: RecordNumber) throws(JournalError) -> String {
        try onDisk { () throws(FileError) in
            if try directory.files.status(directory.asidePath) == nil {
                try directory.files.createDirectory(directory.asidePath)
                try directory.files.syncDirectory(directory.path)
            }
            let taken = Set(try directory.files.list(directory.asidePath))
            var name = "\(segment).seg"
            var number = 2
            while taken.contains(name) {
                name = "\(segment)-\(number).seg"
                number += 1
            }
            try directory.files.link(
                directory.segmentPath(segment), as: "\(directory.asidePath)/\(name)")
            try directory.files.syncDirectory(directory.asidePath)
            return name
        }
    }
}

extension SegmentMending {
    fileprivate mutating func count(_ item: JournalItem) {
        if case .block(let block) = item { kept += block.records.count }
        // What an earlier repair named is known.
        if case .lost(let loss) = item, let records = loss.records, !loss.isMended {
            lost.append(records)
        }
    }
}

extension RewritePass {
    /// Takes what a reading of a damaged segment comes to.
    fileprivate mutating func take(_ item: JournalItem) throws(JournalError) {
        if case .block(let block) = item { try take(block) }
        if case .lost(let loss) = item, let records = loss.records { try lose(records) }
    }
}
