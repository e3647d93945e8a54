import Journal
import Platform
import Synchronization

/// Where the entries of all live streams are.
///
/// Split into shards with a lock each, so that readers and the publishing thread meet only by
/// chance and for less than a microsecond or two.
final class EntryLocations: Sendable {
    private static let shardCount: UInt64 = 64

    private struct Shard {
        /// The open segment, in which all `open` runs lie; nil before the first run.
        var segment: SegmentVersion?
        var streams: [UInt64: StreamEntries] = [:]
        /// The streams that have runs in the open segment.
        var inOpenSegment: Set<UInt64> = []
        var stopped = false
    }

    /// A file of the journal, as it is until it is rewritten.
    private struct SegmentVersion: Hashable {
        let segment: RecordNumber
        let generation: UInt32
    }

    private let shards: [Lock<Shard>]
    private let openSegment = Lock<SegmentVersion?>(nil)
    private let tickets = Atomic<UInt64>(0)

    init() { shards = (0..<Self.shardCount).map { _ in Lock(Shard()) } }

    /// Record numbers of neighbours differ in their low bits; multiplying spreads them.
    private func shard(of stream: UInt64) -> Lock<Shard> {
        shards[Int(truncatingIfNeeded: (stream &* 0x9e37_79b9_7f4a_7c15) >> 58)]
    }
}

// What the publishing thread tells.
extension EntryLocations {
    /// Takes in runs of the open segment, in the order of their blocks; the first one of another
    /// segment says that the one before is sealed.
    func add(_ runs: [RunLocation]) {
        var current: SegmentVersion?
        for location in runs {
            let version = SegmentVersion(
                segment: location.block.segment, generation: location.block.generation)
            if version != current {
                open(version)
                current = version
            }
            let stream = location.run.subject
            shard(of: stream).withLock { shard in
                let isFirst = shard.streams[stream, default: StreamEntries()].add(location)
                if isFirst { shard.inOpenSegment.insert(stream) }
            }
        }
    }

    /// Takes in what the footer of a sealed segment says.
    func add(_ span: SegmentSpan, of stream: UInt64) {
        shard(of: stream).withLock { $0.streams[stream, default: StreamEntries()].add(span) }
    }

    /// Takes in that `old` segments have become one.
    ///
    /// - Parameters:
    ///   - spans: what that one holds of each stream.
    ///   - streams: those that had entries in the old ones.
    func replace(
        _ old: Set<RecordNumber>, by spans: [UInt64: SegmentSpan], of streams: Set<UInt64>
    ) {
        for stream in streams {
            shard(of: stream).withLock {
                $0.streams[stream]?.replace(old, by: spans[stream])
            }
        }
    }

    private func open(_ version: SegmentVersion) {
        let sealed = openSegment.withLock { current -> SegmentVersion?? in
            guard current != version else { return nil }
            defer { current = version }
            return .some(current)
        }
        guard let sealed else { return }
        for shard in shards {
            shard.withLock { shard in
                if let sealed {
                    for stream in shard.inOpenSegment {
                        shard.streams[stream]?.seal(sealed.segment)
                    }
                }
                shard.inOpenSegment = []
                shard.segment = version
            }
        }
    }

    /// Takes in again what was forgotten of `stream`, unless something is known of it.
    ///
    /// - Parameter open: its runs in the segment that was open when they were looked for; left out
    ///   if another one is open by now: then look again.
    /// - Returns: whether nothing was left out.
    func restore(_ stream: UInt64, sealed: [SegmentSpan], open: [RunLocation]) -> Bool {
        shard(of: stream).withLock { shard in
            guard shard.streams[stream]?.isEmpty ?? true else { return true }
            let version = open.first.map {
                SegmentVersion(segment: $0.block.segment, generation: $0.block.generation)
            }
            guard version == nil || version == shard.segment else { return false }
            var entries = shard.streams[stream] ?? StreamEntries()
            for span in sealed { entries.add(span) }
            for run in open { _ = entries.add(run) }
            shard.streams[stream] = entries
            if !open.isEmpty { shard.inOpenSegment.insert(stream) }
            return true
        }
    }

    /// Keeps `chunk` in memory; the location of its entries is known already.
    func remember(_ chunk: EntryChunk) {
        shard(of: chunk.stream).withLock {
            $0.streams[chunk.stream, default: StreamEntries()].remember(chunk)
        }
    }

    func forget(chunkOf stream: UInt64, from first: UInt64) {
        shard(of: stream).withLock { $0.streams[stream]?.forget(chunkFrom: first) }
    }

    /// Drops all that is known of a stream that was removed, and returns who waited for it.
    func forget(_ stream: UInt64) -> [TailWaiter] {
        shard(of: stream).withLock { shard in
            shard.inOpenSegment.remove(stream)
            return shard.streams.removeValue(forKey: stream)?.waiters ?? []
        }
    }

    /// Drops all other streams; for a start, before anybody waits.
    func keep(only streams: Set<UInt64>) {
        for shard in shards {
            shard.withLock { shard in
                shard.streams = shard.streams.filter { streams.contains($0.key) }
                shard.inOpenSegment.formIntersection(streams)
            }
        }
    }

    /// Says that something about `stream` changed, and returns who waited for that.
    func touch(_ stream: UInt64) -> [TailWaiter] {
        shard(of: stream).withLock { shard in
            // A stream that nobody watches and nothing was stored of is not here.
            guard let index = shard.streams.index(forKey: stream) else { return [] }
            return shard.streams.values[index].touch()
        }
    }
}

// What readers ask.
extension EntryLocations {
    /// The part of the locations of `stream` that a read from `index` needs next.
    func plan(of stream: UInt64, from index: UInt64, limit: Int) -> LocatedPlan {
        shard(of: stream).withLock { shard in
            guard let plan = shard.streams[stream]?.plan(from: index, limit: limit) else {
                return LocatedPlan()
            }
            guard let version = shard.segment else {
                return LocatedPlan(sealed: plan.sealed, open: [], recent: plan.recent)
            }
            let open = plan.open.map { run in
                LocatedRun(
                    first: run.first, count: UInt64(run.count),
                    block: BlockLocation(
                        segment: version.segment, generation: version.generation,
                        offset: run.offset))
            }
            return LocatedPlan(sealed: plan.sealed, open: open, recent: plan.recent)
        }
    }

    /// A number that changes from now on whenever `stream` does.
    func watch(_ stream: UInt64) -> UInt64 {
        shard(of: stream).withLock { shard in
            if let entries = shard.streams[stream] { return entries.version }
            shard.streams[stream] = StreamEntries()
            return 0
        }
    }

    /// Waits until the version of `stream` is no longer `version`, the task is cancelled or the
    /// model stopped; costs the publishing thread nothing until then.
    func change(of stream: UInt64, since version: UInt64) async {
        let ticket = tickets.add(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let isWaiting = shard(of: stream).withLock { shard in
                    let current = shard.streams[stream]?.version ?? 0
                    guard current == version, !shard.stopped, !Task.isCancelled else {
                        return false
                    }
                    shard.streams[stream, default: StreamEntries()].waiters.append(
                        TailWaiter(ticket: ticket, caller: caller))
                    return true
                }
                if !isWaiting { caller.resume() }
            }
        } onCancel: {
            let waiter = shard(of: stream).withLock { shard -> TailWaiter? in
                guard
                    let position = shard.streams[stream]?.waiters.firstIndex(where: {
                        $0.ticket == ticket
                    })
                else { return nil }
                return shard.streams[stream]?.waiters.remove(at: position)
            }
            waiter?.caller.resume()
        }
    }

    /// Sends everybody who waits home.
    func stop() {
        for shard in shards {
            let waiters = shard.withLock { shard in
                shard.stopped = true
                return shard.streams.keys.flatMap { stream in
                    defer { shard.streams[stream]?.waiters = [] }
                    return shard.streams[stream]?.waiters ?? []
                }
            }
            for waiter in waiters { waiter.caller.resume() }
        }
    }

    var isStopped: Bool { shards[0].withLock { $0.stopped } }
}

/// A copy of the part of a stream's locations that one step of a read needs, each list ascending
/// by index and cut at the limit that was asked for.
struct LocatedPlan: Sendable {
    var sealed: [SegmentSpan] = []
    var open: [LocatedRun] = []
    var recent: [EntryChunk] = []
}
