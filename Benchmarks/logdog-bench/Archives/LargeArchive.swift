import Archivist
import Coordinator
import Foundation
import Platform
import StreamArchive

/// The archival of one large text stream, against inflating its blocks, writing and reading back
/// as many bytes.
struct LargeArchive {
    private static let bundle: UInt64 = 512

    let bytes: Int
    let seed: UInt64

    func run(_ print: (Figure) -> Void) async throws {
        let engine = try await BenchEngine.temporary { path in
            [try DirectoryStore.open("\(path)/archive", files: SystemFileSystem())]
        }
        guard let store = engine.store.readModel.archives.stores.first else { return }
        let sample = try await fill(engine)
        let before = ProcessMemory.now()
        ProcessMemory.forgetPeak()
        let archivist = ArchiveBench.archivist(engine, store)
        let started = ContinuousClock.now
        archivist.start()
        await ArchiveBench.onThread { archivist.finishDue() }
        let seconds = started.duration(to: .now).seconds
        let peak = ProcessMemory.peak()
        await ArchiveBench.onThread { archivist.stop() }
        let archived = Double(archivist.status.bytes)
        let limit = try limitSeconds(archived, sample, in: engine.directory)
        print(
            Figure(
                bench: "archives", name: "one text stream", value: archived / seconds / 1e6,
                unit: "MB/s", limit: "inflating, writing and reading back", ratio: limit / seconds))
        print(
            Figure(
                bench: "archives", name: "memory that archiving adds",
                value: max(0, peak - before) / 1e6, unit: "MB"))
        try await engine.remove()
    }

    /// Fills the journal with one stream that is due, and returns some of its bytes.
    private func fill(_ engine: BenchEngine) async throws -> [UInt8] {
        try await engine.registerPrefix()
        let entries = ArchiveBench.Entries(seed: seed)
        let descriptor = try Workload.descriptor(prefix: BenchEngine.prefix, name: "large")
        let count = UInt64(bytes / entries.entry(1_000_000).count) / Self.bundle * Self.bundle
        for first in stride(from: 0, to: count, by: Int(Self.bundle)) {
            let isLast = first + Self.bundle >= count
            _ = try await engine.store.processor.submit(
                engine.delivery(
                    descriptor, first: first,
                    (first..<first + Self.bundle).map { entries.entry($0) },
                    terminalIndex: isLast ? count - 1 : nil, timers: ArchiveBench.dueAtOnce))
        }
        await engine.store.processor.fireDue()
        return (0..<20_000).flatMap { entries.entry(1_000_000 + $0) }
    }

    /// The time that the machine takes for nothing but the necessary.
    private func limitSeconds(
        _ bytes: Double, _ sample: [UInt8], in directory: String
    ) throws -> Double {
        let inflating = bytes / Limits.inflateRate(sample)
        let files = SystemFileSystem()
        let path = "\(directory)/limit"
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        let started = ContinuousClock.now
        let file = try files.open(path, .create)
        let pieces = Int(bytes) / piece.count
        for number in 0..<pieces { try file.write(piece, at: number * piece.count) }
        try files.syncAll(holding: path)
        try files.syncAll(holding: path)
        var total = 0
        for number in 0..<pieces {
            total += try file.read(piece.count, at: number * piece.count).count
        }
        file.close()
        let seconds = started.duration(to: .now).seconds
        try files.remove(path)
        precondition(total == pieces * piece.count, "what was written is there")
        return inflating + seconds
    }
}
