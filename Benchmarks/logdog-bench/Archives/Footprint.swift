import Archivist
import ArgumentParser
import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels
import StreamArchive

/// What a stream leaves behind on disk once it is archived and its entries have left the journal.
struct Footprint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bytes of journal and catalog a stream once everything is archived.")

    /// Of path and tags together: what the figures are promised for.
    private static let nameBytes = 150
    private static let entriesPerStream: UInt64 = 20
    private static let streamsPerTurn = 500

    @OptionGroup var output: OutputOptions

    @Option(help: "Streams, all of one prefix.")
    var streams = 100_000

    func run() async throws {
        // Small segments, so that little of the journal is in the open one and not counted.
        var journalOptions = JournalOptions()
        journalOptions.segmentSize = 4 << 20
        journalOptions.commitLimit = 1 << 20
        let engine = try await BenchEngine.temporary(journalOptions: journalOptions) { path in
            [try DirectoryStore.open("\(path)/archive", files: SystemFileSystem())]
        }
        guard let store = engine.store.readModel.archives.stores.first else { return }
        try await engine.registerPrefix()
        let archivist = ArchiveBench.archivist(engine, store)
        archivist.start()
        // In turns, so that what is archived stands beside what is new, as it does in a server.
        for start in stride(from: 0, to: streams, by: Self.streamsPerTurn) {
            try await fill(engine, start..<min(start + Self.streamsPerTurn, streams))
            await engine.store.processor.fireDue()
            await ArchiveBench.onThread { archivist.finishDue() }
        }
        await ArchiveBench.onThread { archivist.stop() }
        let before = try journal(engine)
        await engine.store.stop()
        let rewritten = try rewrite(engine)
        let catalog = try FileManager.default.attributesOfItem(
            atPath: "\(engine.directory)/catalog.sqlite")[.size]
        let catalogBytes = (catalog as? NSNumber)?.doubleValue ?? 0
        print("journal before its rewriting", Double(before.bytes) / Double(before.streams))
        print("journal", Double(rewritten.bytes) / Double(rewritten.streams))
        print("catalog", catalogBytes / Double(streams))
        try FileManager.default.removeItem(atPath: engine.directory)
    }

    private func print(_ name: String, _ value: Double) {
        Figure(bench: "footprint", name: "\(name), a stream", value: value, unit: "bytes").print(
            asJSON: output.json)
    }

    private func fill(_ engine: BenchEngine, _ numbers: Range<Int>) async throws {
        let entries = ArchiveBench.Entries(seed: output.seed)
        let bundle = (0..<Self.entriesPerStream).map { entries.entry($0) }
        let mutations = try numbers.map { number in
            engine.delivery(
                try descriptor(number), first: 0, bundle,
                terminalIndex: Self.entriesPerStream - 1, timers: ArchiveBench.dueAtOnce)
        }
        try await engine.submit(mutations)
    }

    /// A path and two tags that differ from stream to stream as those of builds do.
    private func descriptor(_ number: Int) throws -> StreamDescriptor {
        var numbers = SeededNumbers(seed: output.seed &+ UInt64(number))
        let name = "steps/\(number)/compile_\(numbers.next() % 1_000_000)/stdout"
        let builder = "builder-\(numbers.next() % 300)"
        let rest = Self.nameBytes - BenchEngine.prefix.utf8.count - name.utf8.count
        let fill = String(repeating: "x", count: max(0, rest - builder.utf8.count - 22))
        return try Workload.descriptor(
            prefix: BenchEngine.prefix, name: name,
            tags: ["builder": builder, "buildset": "\(numbers.next() % 100_000)\(fill)"])
    }

    private typealias Size = (bytes: Int, streams: Int)

    /// So few streams fill no segment, and none can be rewritten.
    private struct NothingSealed: Error, CustomStringConvertible {
        let description = "no segment was sealed: give more --streams"
    }

    /// Of sealed segments: the open one is zero-filled ahead.
    private func journal(_ engine: BenchEngine) throws -> Size {
        let machine = CoordinatorMachine()
        let journal = JournalDirectory(
            path: "\(engine.directory)/journal", files: SystemFileSystem())
        let reader = JournalReader(journal) { machine.run(of: $0) }
        let sealed = try reader.segments().filter(\.isSealed)
        guard let last = sealed.last?.lastRecord else { throw NothingSealed() }
        var streams = 0
        var cursor = reader.blocks(from: .first)
        scan: while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            for record in block.records {
                if record.number > last { break scan }
                if record.kind == CoordinatorRecordKind.streamRegistered { streams += 1 }
            }
        }
        return (sealed.reduce(0) { $0 + $1.size }, max(1, streams))
    }

    /// Lets all entries go, as the background does once their grace is over.
    private func rewrite(_ engine: BenchEngine) throws -> Size {
        let machine = CoordinatorMachine()
        let journal = JournalDirectory(
            path: "\(engine.directory)/journal", files: SystemFileSystem())
        var options = RewriteOptions()
        options.level = RewritingOptions().level
        let rewriter = SegmentRewriter(journal, options: options) { machine.run(of: $0) }
        let reader = JournalReader(journal) { machine.run(of: $0) }
        let rule = RewriteRule(reliedOn: .first) { _, run in run == nil ? .keep : .leaveOut }
        let sealed = try reader.segments().filter(\.isSealed).map(\.segment)
        _ = try rewriter.rewrite(sealed, by: rule) { _ in true }
        return try self.journal(engine)
    }
}
