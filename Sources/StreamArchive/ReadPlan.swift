/// Which bytes of the entries file a read needs, as the original computes it
/// (`spec/formats.md §3.4`).
///
/// The end is computed from the distance of indexes: across holes it may lie before entries that
/// are wanted, and never gives a wrong one.
struct ReadPlan: Hashable, Sendable {
    /// The mark that reading begins at; nil: the beginning of the file.
    let mark: Int?
    let start: UInt64
    /// Nil: the end of the file.
    let end: UInt64?

    /// Nil if the archive ends before `index`.
    init?(_ archive: ArchiveIndex, from index: UInt64, limit: UInt64?) {
        if archive.lastStreamIndex > 0, index > archive.lastStreamIndex { return nil }
        let mark = archive.position(of: index)
        let start = mark.map { archive.marks[$0].offset } ?? 0
        self.mark = mark
        self.start = start
        guard let limit else {
            end = nil
            return
        }
        let (sum, overflow) = index.addingReportingOverflow(limit)
        let behind = overflow ? UInt64.max : sum
        var last = archive.position(of: behind) ?? 0
        if let mark, last <= mark {
            last = mark + 1
        } else if last < archive.marks.count, archive.position(of: behind) != nil,
            archive.marks[last].streamIndex < behind
        {
            last += 1
        }
        let found = last < archive.marks.count ? archive.marks[last].offset : nil
        end = found.flatMap { $0 > start ? $0 : nil }
    }
}
