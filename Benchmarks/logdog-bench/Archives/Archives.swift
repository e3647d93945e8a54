import ArgumentParser
import Archivist
import Coordinator
import Foundation
import LogDogModel
import Platform
import ReadModels
import StreamArchive

/// Archives of large and of many streams, and reads out of them.
struct Archives: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Archive a large stream and many small ones, and read in the middle of one.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Which to run: text, small, get or all.")
    var only = "all"

    @Option(help: "Bytes of the large stream.")
    var bytes = 1_000_000_000

    @Option(help: "Small streams.")
    var streams = 10_000

    @Option(help: "Entries of the archive that is read.")
    var entries = 10_000_000

    func run() async throws {
        guard ["all", "text", "small", "get"].contains(only) else {
            throw ValidationError("--only takes text, small, get or all")
        }
        if ["all", "text"].contains(only) {
            try await LargeArchive(bytes: bytes, seed: output.seed).run(print)
        }
        if ["all", "small"].contains(only) {
            try await SmallArchives(streams: streams, seed: output.seed).run(print)
        }
        if ["all", "get"].contains(only) {
            try await ArchiveReads(entries: entries, seed: output.seed).run(print)
        }
    }

    private func print(_ figure: Figure) { figure.print(asJSON: output.json) }
}

/// What the archive benchmarks share.
enum ArchiveBench {
    /// Entries whose lines repeat, and whose numbers are right.
    struct Entries: Sendable {
        private let texts: [[UInt8]]

        init(seed: UInt64) {
            var workload = Workload(seed: seed)
            texts = (0..<4096).map { _ in
                var line: [UInt8] = []
                line.appendField(1, Array(workload.line().utf8))
                line.appendField(2, [0x0a])
                var text: [UInt8] = []
                text.appendField(1, line)
                var field: [UInt8] = []
                field.appendField(10, text)
                return field
            }
        }

        /// The serialized entry of an index.
        func entry(_ index: UInt64) -> [UInt8] {
            var entry: [UInt8] = [0x0a, 0x00]
            for number in [2, 3, 4] as [UInt8] where index > 0 {
                entry.append(number << 3)
                entry.appendNumber(index)
            }
            return entry + texts[Int(index % UInt64(texts.count))]
        }
    }

    static let dueAtOnce = ArchivalTimers(terminated: .zero, open: .seconds(172_800))

    static func archivist(_ engine: BenchEngine, _ store: any ObjectStore) -> Archivist {
        Archivist(
            store: store,
            coordinator: LocalCoordinator(engine.store.processor, engine.store.readModel),
            options: ArchivistOptions(), clock: SystemClock()
        ) { task, reason in
            FileHandle.standardError.write(Data("task \(task): \(reason)\n".utf8))
        }
    }

    /// Blocking calls belong on a thread of their own.
    static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            Thread {
                body()
                done.resume()
            }.start()
        }
    }
}

extension Array where Element == UInt8 {
    fileprivate mutating func appendNumber(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    fileprivate mutating func appendField(_ number: UInt8, _ bytes: [UInt8]) {
        append(number << 3 | 2)
        appendNumber(UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}
