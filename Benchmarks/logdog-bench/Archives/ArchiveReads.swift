import ByteCoding
import Coordinator
import Foundation
import LogDogModel
import Platform
import ReadModels
import StreamArchive
import Synchronization

/// Reads in the middle of a large archive.
struct ArchiveReads {
    private static let reads = 1000

    let entries: Int
    let seed: UInt64

    func run(_ print: (Figure) -> Void) async throws {
        let counting = Lock<CountingStore?>(nil)
        let engine = try await BenchEngine.temporary { path in
            let store = CountingStore(
                try DirectoryStore.open("\(path)/archive", files: SystemFileSystem()))
            counting.withLock { $0 = store }
            return [store]
        }
        guard let store = counting.withLock({ $0 }) else { return }
        let stream = try await archive(engine, store)
        var cold = Latencies()
        var latencies = Latencies()
        var mostReads = 0
        var numbers = seed
        for read in 0..<Self.reads {
            numbers = numbers &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let index = Int64(numbers >> 33) % Int64(entries - 100)
            let before = store.reads
            let started = ContinuousClock.now
            let page = try await engine.store.readModel.entries(
                of: stream, from: index, limits: ReadLimits(logCount: 100))
            let took = started.duration(to: .now)
            precondition(page.entries.count == 100, "a hundred entries were asked for")
            if read == 0 { cold.add(took) } else { latencies.add(took) }
            mostReads = max(mostReads, store.reads - before)
        }
        func figure(_ name: String, _ value: Double, _ unit: String) {
            print(Figure(bench: "archives", name: name, value: value, unit: unit))
        }
        figure("Get of 100 in the middle: p50", latencies.percentile(50), "ms")
        figure("Get of 100 in the middle: p99", latencies.percentile(99), "ms")
        figure("Get of 100, the first of a process", cold.percentile(50), "ms")
        figure("Get of 100: most ranged reads", Double(mostReads), "reads")
        try await engine.remove()
    }

    /// Writes the archive straight into the store, and reports it as an archivist would.
    private func archive(_ engine: BenchEngine, _ store: CountingStore) async throws -> StreamID {
        try await engine.registerPrefix()
        let descriptor = try Workload.descriptor(prefix: BenchEngine.prefix, name: "read")
        _ = try await engine.store.processor.submit(
            engine.delivery(
                descriptor, first: 0, [], terminalIndex: UInt64(entries - 1)))
        guard
            let stream = try await engine.store.readModel.stream(
                project: BenchEngine.project, hash: descriptor.hash)
        else { throw BenchEngine.SetUpFailed() }
        let names = ArchiveNames(
            project: BenchEngine.project, path: descriptor.path,
            identity: "\(stream.id.record)", version: 1)
        let content = try write(descriptor, names, store)
        _ = try await engine.store.processor.submit(
            .archiveStream(
                ArchiveStream(
                    .identity(stream.id), terminalIndex: content.lastIndex,
                    entryCount: content.entryCount,
                    stream: ArchiveObject(
                        url: store.url(of: names.entries), size: content.entriesSize),
                    index: ArchiveObject(
                        url: store.url(of: names.index), size: content.indexSize))))
        return stream.id
    }

    private func write(
        _ descriptor: StreamDescriptor, _ names: ArchiveNames, _ store: CountingStore
    ) throws -> ArchiveContent {
        let group = try store.beginGroup()
        defer { group.end() }
        let uploads = (try group.begin(names.entries), try group.begin(names.index))
        let source = ArchiveBench.Entries(seed: seed)
        var writer = ArchiveWriter(
            descriptor: descriptor.bytes, sparsity: .usual, withChecksums: true)
        for first in stride(from: 0, to: UInt64(entries), by: 1000) {
            var frames: [UInt8] = []
            for index in first..<min(first + 1000, UInt64(entries)) {
                RecordIO.append(source.entry(index), to: &frames)
            }
            try writer.add(frames: frames[...], first: first)
            let bytes = writer.take()
            try uploads.0.append(bytes.entries)
            try uploads.1.append(bytes.index)
        }
        let content = try writer.finish()
        let rest = writer.take()
        try uploads.0.append(rest.entries)
        try uploads.1.append(rest.index)
        for upload in [uploads.0, uploads.1] {
            try upload.finish()
            try group.publish(upload)
        }
        return content
    }
}

/// A store that counts the reads it is asked for.
final class CountingStore: ObjectStore {
    private let store: DirectoryStore
    private let count = Atomic(0)

    init(_ store: DirectoryStore) { self.store = store }

    var reads: Int { count.load(ordering: .relaxed) }

    var location: String { store.location }
    func url(of name: ObjectName) -> String { store.url(of: name) }
    func name(of url: String) -> ObjectName? { store.name(of: url) }
    func size(of name: ObjectName) throws(ObjectError) -> UInt64? { try store.size(of: name) }
    func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8] {
        count.add(1, ordering: .relaxed)
        return try store.read(range, of: name)
    }
    func beginGroup() throws(ObjectError) -> any ObjectGroup { try store.beginGroup() }
    func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError) {
        try store.replace(name, with: upload)
    }
    func remove(_ name: ObjectName) throws(ObjectError) { try store.remove(name) }
    func presignedURL(of name: ObjectName, lifetime: Duration, at now: Timestamp) -> String? {
        nil
    }
}
