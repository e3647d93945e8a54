import ArgumentParser
import Coordinator
import Foundation
import Journal
import Platform
import Tumble

/// Rewriting of sealed segments: how fast, what it leaves, and what whoever writes notices of it.
struct Rewrite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rewrite segments without half of their streams, and deflated better.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries in the journal, of 256 interleaved streams.")
    var entries = 2_000_000

    func run() async throws {
        let engine = try await BenchEngine.temporary()
        try await engine.registerPrefix()
        let work = try ProducerWork(seed: output.seed, producers: 256, entriesPerBundle: 64)
        try await Filling.fill(engine, work, entries: entries, streams: 256)
        await engine.store.stop()
        try report(engine.directory, work)
        try FileManager.default.removeItem(atPath: engine.directory)
    }

    private func report(_ directory: String, _ work: ProducerWork) throws {
        let journal = JournalDirectory(path: "\(directory)/journal", files: SystemFileSystem())
        let deflate = Limits.deflateRate(work.sample)
        let inflate = Limits.inflateRate(work.sample)
        let bound = 1 / (1 / deflate + 1 / inflate)
        let all = try rewrite(journal, .keepAll, level: 1)
        figure("everything kept, level 1", all.rate / 1e6, "MB/s", all.rate / bound)
        let better = try rewrite(journal, .keepAll, level: 6)
        figure("deflated again, level 6", better.rate / 1e6, "MB/s", better.rate / bound)
        let perEntry = better.bytesPerEntry
        figure("bytes an entry, before", all.bytesBeforePerEntry, "bytes", nil)
        figure("bytes an entry, level 6", perEntry, "bytes", nil)
        let rule = RewriteRule(reliedOn: .first) { _, run in
            run.map { $0.subject % 2 == 0 } == true ? .leaveOut : .keep
        }
        let half = try rewrite(journal, rule, level: 1)
        figure("without every other stream, level 1", half.rate / 1e6, "MB/s", half.rate / bound)
        figure("bytes left of all", half.left, "of before", nil)
    }

    private func figure(_ name: String, _ value: Double, _ unit: String, _ ratio: Double?) {
        Figure(
            bench: "rewrite", name: name, value: value, unit: unit,
            limit: ratio == nil ? nil : "bare inflate and deflate, level 1", ratio: ratio
        ).print(asJSON: output.json)
    }

    private struct Measured {
        /// Inflated bytes a second.
        let rate: Double
        let bytesPerEntry: Double
        let bytesBeforePerEntry: Double
        let left: Double
    }

    /// Rewrites all sealed segments, one by one.
    private func rewrite(
        _ journal: JournalDirectory, _ rule: RewriteRule, level: Int32
    ) throws -> Measured {
        let machine = CoordinatorMachine()
        var options = RewriteOptions()
        options.level = level
        let rewriter = SegmentRewriter(journal, options: options) { machine.run(of: $0) }
        let reader = JournalReader(journal) { machine.run(of: $0) }
        var inflated = 0
        var before = 0
        var after = 0
        var items: UInt64 = 0
        let started = ContinuousClock.now
        for summary in try reader.segments() where summary.isSealed {
            let outcome = try rewriter.rewrite([summary.segment], by: rule) { _ in true }
            guard let outcome else { continue }
            inflated += outcome.inflatedBytes
            before += outcome.bytesBefore
            after += outcome.bytesAfter
            items += outcome.runs.reduce(0) { $0 + $1.run.count }
        }
        let elapsed = started.duration(to: .now).seconds
        return Measured(
            rate: Double(inflated) / elapsed, bytesPerEntry: Double(after) / Double(items),
            bytesBeforePerEntry: Double(before) / Double(items),
            left: Double(after) / Double(before))
    }
}
