import ArgumentParser
import Coordinator
import Foundation
import Journal
import JournalInspection
import Platform
import ReadModels

/// Reading a large journal from end to end, each way in a process of its own.
struct Inspection: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspection",
        abstract: "Dump, verify, count, export and replay a large journal; peak memory of each.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Entries in the journal; 30 million make about a gigabyte.")
    var entries = 30_000_000

    @Option(help: .hidden)
    var phase: Phase?

    @Option(help: .hidden)
    var directory = ""

    /// What a child process does.
    enum Phase: String, CaseIterable, ExpressibleByArgument {
        case fill
        case verify1
        case verify2
        case dump
        case stat
        case export
        case replay
    }

    func run() async throws {
        guard let phase else { return try measure() }
        if phase == .fill { return try await fill() }
        let journal = try InspectedJournal(data: directory)
        let started = ContinuousClock.now
        try read(journal, phase)
        let elapsed = started.duration(to: .now).seconds
        let stored = try stored(journal)
        Figure(
            bench: "inspection", name: "\(phase.rawValue) of \(Int(stored / 1e6)) MB",
            value: stored / elapsed / 1e6, unit: "MB/s stored", limit: "bare inflate of it",
            ratio: stored / elapsed / Self.storedInflateRate(output.seed)
        ).print(asJSON: output.json)
        Figure(
            bench: "inspection", name: "\(phase.rawValue), peak memory",
            value: ProcessMemory.peak() / 1e6, unit: "MB"
        ).print(asJSON: output.json)
    }

    private func measure() throws {
        let phases = try BenchPhases("inspection", ["--entries", "\(entries)"], output)
        for phase in Phase.allCases { try phases.run(phase.rawValue) }
        try phases.remove()
    }

    private func fill() async throws {
        let engine = try await BenchEngine(directory: directory)
        try await engine.registerPrefix()
        let work = try ProducerWork(seed: output.seed, producers: 256, entriesPerBundle: 64)
        try await Filling.fill(engine, work, entries: entries, streams: 256)
        await engine.store.stop()
    }

    private func read(_ journal: InspectedJournal, _ phase: Phase) throws {
        switch phase {
        case .fill: break
        case .verify1, .verify2:
            let report = try JournalVerify(journal, workers: phase == .verify1 ? 1 : 2).run()
            precondition(report.isSound, "a benchmark's journal is sound")
        case .dump:
            var dump = JournalDump(journal, RecordSelection(), .fields)
            var bytes: [UInt8] = []
            try dump.run { line in
                line.append(to: &bytes, as: .json)
                if bytes.count > 64 << 10 { bytes.removeAll(keepingCapacity: true) }
            }
        case .stat: _ = try JournalStat(journal)
        case .export:
            var export = JournalExport(journal)
            _ = try export.run { _ in }
        case .replay:
            var rebuild = CatalogRebuild(journal.reader, machine: CoordinatorMachine())
            try rebuild.advance(uncovered: true, into: nil)
        }
    }

    /// Bytes of the segments without what is only prepared.
    private func stored(_ journal: InspectedJournal) throws -> Double {
        var total = 0.0
        for summary in try journal.reader.segments() where summary.isSealed {
            total += Double(summary.size)
        }
        return total
    }

    /// Stored bytes a second that zlib inflates of such a journal.
    private static func storedInflateRate(_ seed: UInt64) -> Double {
        guard let work = try? ProducerWork(seed: seed, producers: 1, entriesPerBundle: 64) else {
            return 0
        }
        return Limits.inflateRate(work.sample) / Limits.deflateRatio(work.sample)
    }
}
