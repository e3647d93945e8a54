import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Tumble

/// What must be there, kept by hand from what was sent and answered, without the engine's rules.
struct Model {
    private struct Stream {
        /// Indexes that were acknowledged, and those whose answer nobody heard.
        var held: Set<UInt64> = []
        var maybe: Set<UInt64> = []
        var terminal: UInt64?
        var maybeTerminals: Set<UInt64> = []
    }

    private var prefixes: [String: [UInt8]] = [:]
    private var maybePrefixes: [String: Set<[UInt8]>] = [:]
    private var streams: [String: Stream] = [:]

    /// Counts in a mutation that was acknowledged with `outcome`, or, with nil, one whose fate is
    /// not known.
    mutating func note(_ mutation: CoordinatorMutation, _ outcome: SimulatedEngine.Outcome?) {
        switch (mutation, outcome) {
        case (_, .failure), (.deliver, .success(.delivered(.dropped))): break
        case (.registerPrefix(let claim), .success(.prefix(let stored))):
            prefixes[claim.prefix] = stored.secret.bytes
        case (.registerPrefix(let claim), _):
            maybePrefixes[claim.prefix, default: []].insert(claim.secret.bytes)
        case (.deliver(let part), let outcome):
            let range = part.first..<part.first + UInt64(part.entries.count)
            let path = part.registration.descriptor.path.text
            if outcome == nil {
                streams[path, default: Stream()].maybe.formUnion(range)
            } else {
                streams[path, default: Stream()].held.formUnion(range)
            }
        case (.terminateStream(let end), let outcome):
            guard let path = Self.path(of: end) else { break }
            if outcome == nil {
                streams[path, default: Stream()].maybeTerminals.insert(end.terminalIndex)
            } else {
                streams[path, default: Stream()].terminal = end.terminalIndex
            }
        // What becomes of tasks is compared by digest.
        case (.registerStream, _), (.dispatchArchival, _), (.leaseArchiveTasks, _),
            (.releaseArchival, _), (.failArchival, _), (.deleteArchiveTasks, _),
            (.archiveStream, _), (.deletePrefix, _), (.removeStreams, _),
            (.purgeStream, _), (.setStorageAccount, _), (.changeConfiguration, _):
            break
        }
    }

    /// The name of the stream that a termination is about.
    private static func path(of end: TerminateStream) -> String? {
        for prefix in 0..<64 {
            for stream in 0..<3 {
                let path = StreamPath(prefix: Workload.prefix(prefix), name: "s/\(stream)")
                if path.hash == end.id { return path.text }
            }
        }
        return nil
    }

    /// Holds a recovered engine against it, and takes over what turned out to be there.
    mutating func judge(_ engine: SimulatedEngine) throws -> String? {
        let state = engine.processor.state
        state.checkInvariants()
        for (prefix, secret) in prefixes {
            let stored = state.prefix(
                PrefixKey(project: Workload.project, hash: .ofPrefix(prefix)))
            if stored?.secret.bytes != secret { return "prefix \(prefix) is lost or another" }
        }
        for prefix in state.prefixes.values {
            let allowed = (maybePrefixes[prefix.prefix] ?? []).union(
                prefixes[prefix.prefix].map { [$0] } ?? [])
            guard allowed.contains(prefix.secret.bytes) else {
                return "prefix \(prefix.prefix) appears that nobody registered so"
            }
            prefixes[prefix.prefix] = prefix.secret.bytes
        }
        maybePrefixes = [:]
        return try judgeStreams(state, try Self.entries(engine))
    }

    private mutating func judgeStreams(
        _ state: CoordinatorState, _ entries: [StreamID: [UInt64: [UInt8]]]
    ) throws -> String? {
        var seen: Set<String> = []
        for stream in state.streams.values {
            let path = stream.path.text
            seen.insert(path)
            guard var known = streams[path] else { return "\(path) appears" }
            let stored = entries[stream.id] ?? [:]
            if let problem = Self.difference(stored, known, stream) { return problem }
            known.held = Set(stored.keys)
            known.terminal = stream.terminalIndex
            known.maybe = []
            known.maybeTerminals = []
            streams[path] = known
        }
        for (path, known) in streams where !seen.contains(path) {
            if !known.held.isEmpty || known.terminal != nil { return "\(path) is lost" }
            streams[path] = nil
        }
        return nil
    }

    private static func difference(
        _ stored: [UInt64: [UInt8]], _ known: Stream, _ stream: StreamState
    ) -> String? {
        let path = stream.path.text
        let lost = known.held.subtracting(stored.keys)
        if !lost.isEmpty { return "\(path): entries \(lost.sorted()) are lost" }
        let phantoms = Set(stored.keys).subtracting(known.held).subtracting(known.maybe)
        if !phantoms.isEmpty { return "\(path): entries \(phantoms.sorted()) appear" }
        for (index, bytes) in stored where bytes != Self.bytes(of: index, in: stream) {
            return "\(path): entry \(index) has other bytes"
        }
        if let terminal = known.terminal {
            if stream.terminalIndex != terminal { return "\(path): the terminal index is lost" }
        } else if let terminal = stream.terminalIndex, !known.maybeTerminals.contains(terminal) {
            return "\(path): terminal index \(terminal) appears"
        }
        let received = stored.keys.sorted().reduce(into: ReceivedRanges()) {
            $0.insert($1..<$1 + 1)
        }
        return received == stream.received ? nil : "\(path): what was received is told wrongly"
    }

    private static func bytes(of index: UInt64, in stream: StreamState) -> [UInt8] {
        let prefix = Int(stream.path.prefix.dropFirst(2)) ?? 0
        let number = Int(stream.path.name.dropFirst(2)) ?? 0
        return Workload.entry(prefix, number, index)
    }

    /// Every entry that the journal holds, read from its blocks; one that is there twice with
    /// other bytes would show as wrong.
    private static func entries(
        _ engine: SimulatedEngine
    ) throws -> [StreamID: [UInt64: [UInt8]]] {
        let machine = CoordinatorMachine()
        var entries: [StreamID: [UInt64: [UInt8]]] = [:]
        var cursor = engine.journal.reader.blocks(from: .first)
        while let item = try cursor.next() {
            guard case .block(let block) = item else { continue }
            for record in block.records where record.kind.rawValue >= 32 {
                guard
                    case .entriesAppended(let stream, let first, let frames, let count) =
                        try machine.decode(record)
                else { continue }
                var reader = ByteReader(frames)
                for index in first..<first + count {
                    entries[stream, default: [:]][index] = Array(try reader.lengthPrefixed())
                }
            }
        }
        return entries
    }
}
