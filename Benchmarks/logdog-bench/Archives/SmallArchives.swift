import Archivist
import Coordinator
import Foundation
import Platform
import ReadModels
import StreamArchive

/// Many small streams that come due at once, while appends go on.
struct SmallArchives {
    private static let producers = 16
    private static let entriesPerStream: UInt64 = 20

    let streams: Int
    let seed: UInt64

    func run(_ print: (Figure) -> Void) async throws {
        let engine = try await BenchEngine.temporary { path in
            [try DirectoryStore.open("\(path)/archive", files: SystemFileSystem())]
        }
        guard let store = engine.store.readModel.archives.stores.first else { return }
        try await engine.registerPrefix()
        let work = try ProducerWork(seed: seed, producers: 64, entriesPerBundle: 64)
        try await fill(engine)
        var alone = try await appends(work, engine, from: 0, while: { $0 < .seconds(5) })
        let archivist = ArchiveBench.archivist(engine, store)
        let started = ContinuousClock.now
        archivist.start()
        let done = Lock<Duration?>(nil)
        async let archived: Void = {
            await ArchiveBench.onThread { archivist.finishDue() }
            done.withLock { $0 = started.duration(to: .now) }
        }()
        let beside = try await appends(
            work, engine, from: Self.producers, while: { _ in done.withLock { $0 } == nil })
        await archived
        let seconds = done.withLock { $0 }?.seconds ?? 0
        // Before and after, since a machine's speed drifts.
        alone += try await appends(
            work, engine, from: 2 * Self.producers, while: { $0 < .seconds(5) })
        await ArchiveBench.onThread { archivist.stop() }
        print(
            Figure(
                bench: "archives", name: "small streams under full load",
                value: Double(archivist.status.archived) / seconds, unit: "streams/s"))
        print(
            Figure(
                bench: "archives", name: "appends while archiving", value: beside,
                unit: "entries/s",
                limit: "appends alone", ratio: beside / (alone / 2)))
        try await engine.remove()
    }

    private func fill(_ engine: BenchEngine) async throws {
        let entries = ArchiveBench.Entries(seed: seed)
        let bundle = (0..<Self.entriesPerStream).map { entries.entry($0) }
        for number in 0..<streams {
            _ = try await engine.store.processor.submit(
                engine.delivery(
                    try Workload.descriptor(prefix: BenchEngine.prefix, name: "small/\(number)"),
                    first: 0, bundle, terminalIndex: Self.entriesPerStream - 1,
                    timers: ArchiveBench.dueAtOnce))
        }
        await engine.store.processor.fireDue()
    }

    /// Entries a second of producers that send for as long as `condition` holds.
    private func appends(
        _ work: ProducerWork, _ engine: BenchEngine, from first: Int,
        while condition: @escaping @Sendable (Duration) -> Bool
    ) async throws -> Double {
        let started = ContinuousClock.now
        let bundles = await withTaskGroup(of: Int.self) { group in
            for producer in first..<first + Self.producers {
                group.addTask {
                    var bundles = 0
                    while condition(started.duration(to: .now)) {
                        let next = UInt64(bundles * work.entriesPerBundle)
                        let mutation = work.mutation(producer, first: next, engine)
                        await withCheckedContinuation { caller in
                            engine.store.processor.submit([mutation]) { _ in caller.resume() }
                        }
                        bundles += 1
                    }
                    return bundles
                }
            }
            return await group.reduce(0, +)
        }
        return Double(bundles * work.entriesPerBundle) / started.duration(to: .now).seconds
    }
}
