import ByteCoding
import Platform

/// Writes sealed segments anew: without records that are no longer wanted, neighbours as one, or
/// deflated better.
///
/// Never in place, crash-safe at every step, and not for two threads at once in one directory. The
/// open segment, and one with damage in it, are refused: nothing is lost by rewriting. Memory: the
/// file that is being read. A rewritten segment keeps first and last record number, and the chain
/// values at its ends, as they were first written.
public struct SegmentRewriter: Sendable {
    private let directory: JournalDirectory
    private let runOf: RunOf
    private let options: RewriteOptions

    public init(
        _ directory: JournalDirectory, options: RewriteOptions = RewriteOptions(),
        runOf: @escaping RunOf
    ) {
        self.directory = directory
        self.options = options
        self.runOf = runOf
    }

    /// Writes `segments`, neighbours in ascending order, as one.
    ///
    /// - Parameters:
    ///   - goOn: asked after every slice, with the inflated bytes since it was last asked;
    ///     false gives up, leaving everything as it was. It may wait.
    ///   - replaced: told of the new file once it has its name durably and before the segments
    ///     that were merged into it are removed, so that readers always find one of the two.
    /// - Returns: nil if it was told to give up.
    /// - Throws: `notRewritable`; `damaged` if anything in them is.
    public func rewrite(
        _ segments: [RecordNumber], by rule: RewriteRule, goOn: (Int) -> Bool,
        replaced: (RewriteOutcome) -> Void = { _ in }
    ) throws(JournalError) -> RewriteOutcome? {
        let sources = try open(segments)
        defer { for source in sources { source.file.file.close() } }
        guard let first = sources.first, let last = sources.last else { return nil }
        let target = try SegmentReplacement(
            of: first.file.segment, in: directory, slice: options.slice)
        do throws(JournalError) {
            var pass = try RewritePass(
                first.header, generation: Self.generation(after: sources), rule: rule,
                runOf: runOf, options: options, target: target)
            for source in sources {
                guard try pass.take(source, goOn: goOn) else {
                    target.abandon()
                    return nil
                }
            }
            try pass.finish(first: first.footer, last: last.footer)
            try check(target, pass.footer)
            let outcome = pass.outcome(
                merged: Array(segments.dropFirst()),
                bytesBefore: sources.reduce(0) { $0 + $1.file.size })
            try target.takePlace()
            replaced(outcome)
            try directory.remove(outcome.merged)
            return outcome
        } catch {
            target.abandon()
            throw error
        }
    }

    private static func generation(after sources: [RewriteSource]) -> UInt32 {
        sources.reduce(0) { max($0, $1.header.generation) } + 1
    }

    private func open(_ segments: [RecordNumber]) throws(JournalError) -> [RewriteSource] {
        var sources: [RewriteSource] = []
        for segment in segments {
            let file = try SegmentFile(try directory.open(segment), segment: segment)
            let header = try file.header()
            guard
                let (footer, end) = try file.footer(of: header),
                footer.table.lastRecord >= segment
            else { throw .notRewritable(segment, reason: "it is not sealed or holds no record") }
            guard SegmentHeader.spans(footer.table.lastRecord, from: segments[0]) else {
                throw .notRewritable(segment, reason: "one file holds no later numbers")
            }
            if let before = sources.last, before.footer.table.lastRecord.next != segment {
                throw .notRewritable(segment, reason: "it does not follow the one before it")
            }
            sources.append(RewriteSource(file: file, header: header, footer: footer, end: end))
        }
        return sources
    }

    /// What is about to replace segments is read back and checked first, block by block.
    private func check(
        _ target: SegmentReplacement, _ footer: SegmentFooter
    ) throws(JournalError) {
        let file = try target.opened()
        let header = try file.header()
        guard let (found, end) = try file.footer(of: header), found == footer else {
            throw .damaged(
                Damage(segment: file.segment, offset: file.size, cause: .footer, record: nil))
        }
        let source = RewriteSource(file: file, header: header, footer: found, end: end)
        _ = try source.walk()
    }
}

/// A sealed segment that is being rewritten.
struct RewriteSource {
    let file: SegmentFile
    let header: SegmentHeader
    let footer: SegmentFooter
    /// Where its blocks end.
    let end: Int

    /// Its blocks.
    ///
    /// - Throws: `damaged` unless they are whole and come to the record that the footer names.
    func walk() throws(JournalError) -> SegmentWalk {
        let walk = SegmentWalk(
            try file.image(header, end: end), sealed: true,
            durableElsewhere: footer.table.lastRecord)
        if let loss = walk.losses.first { throw .damaged(loss.damage) }
        guard walk.cut == nil, walk.lastRecord == footer.table.lastRecord else {
            throw .damaged(
                Damage(
                    segment: file.segment, offset: walk.end, cause: .footer,
                    record: walk.lastRecord.next))
        }
        return walk
    }
}
