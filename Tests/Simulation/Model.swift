import Coordinator
import LogDogModel
import Tumble

/// What must be there, kept by hand from what was sent and answered, without the engine's rules.
struct Model {
    struct Stream {
        /// The bytes of each entry that was acknowledged: the first that were sent.
        var held: [UInt64: [UInt8]] = [:]
        /// The bytes that entries may have whose answer nobody heard.
        var maybe: [UInt64: Set<[UInt8]>] = [:]
        var terminal: UInt64?
        var maybeTerminals: Set<UInt64> = []
        /// Archived completely, so that its entries may be let go; its end is what was reported.
        var isArchived = false

        /// Whether `bytes` may be what is stored at `index`.
        func allows(_ bytes: [UInt8], at index: UInt64) -> Bool {
            held[index].map { $0 == bytes } ?? (maybe[index]?.contains(bytes) ?? false)
        }
    }

    private var prefixes: [String: [UInt8]] = [:]
    private var maybePrefixes: [String: Set<[UInt8]>] = [:]
    /// By path.
    private(set) var streams: [String: Stream] = [:]
    /// Of these paths a stream was let go for its age: what is there by now is not known.
    private(set) var removed: Set<String> = []

    /// Counts in a mutation that was acknowledged with `outcome`, or, with nil, one whose fate is
    /// not known.
    mutating func note(_ mutation: CoordinatorMutation, _ outcome: SimulatedEngine.Outcome?) {
        switch (mutation, outcome) {
        case (_, .failure), (.deliver, .success(.delivered(.dropped))): break
        case (.registerPrefix(let claim), .success(.prefix(let stored))):
            prefixes[claim.prefix] = stored.secret.bytes
        case (.registerPrefix(let claim), _):
            maybePrefixes[claim.prefix, default: []].insert(claim.secret.bytes)
        case (.deliver(let part), let outcome): note(part, isKnown: outcome != nil)
        case (.terminateStream(let end), let outcome):
            guard let path = Workload.path(of: end.id) else { break }
            if outcome == nil {
                streams[path, default: Stream()].maybeTerminals.insert(end.terminalIndex)
            } else {
                streams[path, default: Stream()].terminal = end.terminalIndex
            }
        default: break
        }
    }

    private mutating func note(_ part: DeliverEntries, isKnown: Bool) {
        let path = part.registration.descriptor.path.text
        var stream = streams[path] ?? Stream()
        for (offset, entry) in part.entries.enumerated() {
            let index = part.first + UInt64(offset)
            if isKnown {
                // The first bytes win: what comes later is not told apart from what is there.
                if stream.held[index] == nil { stream.held[index] = Array(entry) }
            } else {
                stream.maybe[index, default: []].insert(Array(entry))
            }
        }
        streams[path] = stream
    }

    /// Holds a recovered engine against it, and takes over what turned out to be there.
    mutating func judge(_ engine: SimulatedEngine) throws -> String? {
        engine.processor.state.checkInvariants()
        removed = try JournalFacts(engine.journal.reader).removedPaths
        let stored = try engine.everything().prefixes
        for (prefix, secret) in prefixes {
            guard let found = stored.first(where: { $0.prefix == prefix }),
                found.secret.bytes == secret
            else { return "prefix \(prefix) is lost or another" }
        }
        for prefix in stored {
            let allowed = (maybePrefixes[prefix.prefix] ?? []).union(
                prefixes[prefix.prefix].map { [$0] } ?? [])
            guard allowed.contains(prefix.secret.bytes) else {
                return "prefix \(prefix.prefix) appears that nobody registered so"
            }
            prefixes[prefix.prefix] = prefix.secret.bytes
        }
        maybePrefixes = [:]
        return try judgeStreams(engine)
    }

    /// Holds what a running engine serves against it.
    func judgeReads(of engine: SimulatedEngine) throws -> String? {
        let removed = try JournalFacts(engine.journal.reader).removedPaths
        for stream in try engine.everything().streams {
            guard let known = streams[stream.path.text], !removed.contains(stream.path.text)
            else { continue }
            let stored = StoredStream(stream.id, engine)
            if stream.archive != nil { continue }
            for (index, bytes) in known.held where stored.entries[index] != bytes {
                return "\(stream.path.text): entry \(index) is not served"
            }
        }
        return nil
    }

    private mutating func judgeStreams(_ engine: SimulatedEngine) throws -> String? {
        var seen: Set<String> = []
        for stream in try engine.everything().streams {
            let path = stream.path.text
            seen.insert(path)
            guard var known = streams[path] else { return "\(path) appears" }
            if stream.archive != nil { known.isArchived = true }
            guard try engine.hot.find(.streamID(stream.id))?.stream == stream else {
                return "\(path): readers see another state than the writer"
            }
            let stored = StoredStream(stream.id, engine)
            if let loss = stored.losses.first { return "\(path): \(loss)" }
            if removed.contains(path) { continue }
            if let problem = Self.difference(stored.entries, known, stream) { return problem }
            streams[path] = Stream(
                held: stored.entries, terminal: stream.terminalIndex,
                isArchived: known.isArchived)
        }
        for (path, known) in streams where !seen.contains(path) && !removed.contains(path) {
            if !known.held.isEmpty || known.terminal != nil { return "\(path) is lost" }
            streams[path] = nil
        }
        return nil
    }

    private static func difference(
        _ stored: [UInt64: [UInt8]], _ known: Stream, _ stream: StreamState
    ) -> String? {
        let path = stream.path.text
        let lost = Set(known.held.keys).subtracting(stored.keys)
        if !lost.isEmpty, !known.isArchived { return "\(path): entries \(lost.sorted()) are lost" }
        for (index, bytes) in stored where !known.allows(bytes, at: index) {
            return "\(path): entry \(index) appears, or has bytes that came later"
        }
        // It is what was reported, and nothing is received any more.
        if known.isArchived { return nil }
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
}
