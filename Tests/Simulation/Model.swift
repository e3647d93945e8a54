import Coordinator
import Journal
import LogDogModel
import Tumble

/// What must be there, kept by hand from what was sent and answered, without the engine's rules.
struct Model {
    struct Stream {
        /// Known once somebody asked to take it away.
        var id: StreamID?
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

        /// Another one of the same path, of which nothing was acknowledged.
        var successor: Stream { Stream(maybe: maybe, maybeTerminals: maybeTerminals) }
    }

    private struct Prefix {
        let id: PrefixID
        let secret: [UInt8]
    }

    private var prefixes: [String: Prefix] = [:]
    private var maybePrefixes: [String: Set<[UInt8]>] = [:]
    /// By path.
    private(set) var streams: [String: Stream] = [:]
    /// Prefixes and streams that were acknowledged to be gone.
    private var gone: Set<RecordNumber> = []
    /// Those of which nobody heard whether they are.
    private var maybeGone: Set<RecordNumber> = []

    /// Somebody asks to take these away.
    mutating func name(_ named: [StreamState]) {
        for stream in named { streams[stream.path.text]?.id = stream.id }
    }

    /// Counts in a mutation that was acknowledged with `outcome`, or, with nil, one whose fate is
    /// not known.
    mutating func note(_ mutation: CoordinatorMutation, _ outcome: SimulatedEngine.Outcome?) {
        switch (mutation, outcome) {
        case (_, .failure), (.deliver, .success(.delivered(.dropped))): break
        case (.registerPrefix(let claim), .success(.prefix(let stored))):
            prefixes[claim.prefix] = Prefix(id: stored.id, secret: stored.secret.bytes)
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
        case (.deletePrefix(let deletion), nil): maybeGone.insert(deletion.prefix.record)
        case (.deletePrefix(let deletion), _): take(deletion.prefix)
        case (.expireStreams(let expiry), nil): maybeGone.formUnion(expiry.streams.map(\.record))
        case (_, .success(.expired(let ids))):
            gone.formUnion(ids.map(\.record))
            streams = streams.filter { stream in !ids.contains { $0 == stream.value.id } }
        default: break
        }
    }

    private mutating func take(_ prefix: PrefixID) {
        gone.insert(prefix.record)
        guard let name = prefixes.first(where: { $0.value.id == prefix })?.key else { return }
        prefixes[name] = nil
        streams = streams.filter { !Self.isUnder(name, $0.key) }
    }

    private static func isUnder(_ prefix: String, _ path: String) -> Bool {
        path.hasPrefix(prefix + "/+/")
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
        if let problem = try judgePrefixes(engine) ?? judgeStreams(engine) { return problem }
        maybePrefixes = [:]
        maybeGone = []
        return nil
    }

    private mutating func judgePrefixes(_ engine: SimulatedEngine) throws -> String? {
        let stored = try engine.everything().prefixes
        for prefix in stored where prefix.deleted != nil {
            guard gone.contains(prefix.id.record) || maybeGone.contains(prefix.id.record) else {
                return "prefix \(prefix.prefix) is deleted, which nobody asked for"
            }
        }
        let there = stored.filter { $0.deleted == nil }
        for (name, prefix) in prefixes {
            let found = there.first { $0.prefix == name }
            guard found?.id != prefix.id || found?.secret.bytes != prefix.secret else { continue }
            guard maybeGone.contains(prefix.id.record), found?.id != prefix.id else {
                return "prefix \(name) is lost or another"
            }
            // So it was deleted, with all its streams.
            gone.insert(prefix.id.record)
            prefixes[name] = nil
            for path in streams.keys where Self.isUnder(name, path) {
                streams[path] = streams[path]?.successor
            }
        }
        for prefix in there {
            if gone.contains(prefix.id.record) { return "prefix \(prefix.prefix) is back" }
            let isKnown = prefixes[prefix.prefix]?.id == prefix.id
            guard
                isKnown || maybePrefixes[prefix.prefix]?.contains(prefix.secret.bytes) ?? false
            else { return "prefix \(prefix.prefix) appears that nobody registered so" }
            prefixes[prefix.prefix] = Prefix(id: prefix.id, secret: prefix.secret.bytes)
        }
        return nil
    }

    /// Holds what a running engine serves against it.
    func judgeReads(of engine: SimulatedEngine) throws -> String? {
        for stream in try engine.everything().streams {
            guard try engine.hot.find(.streamID(stream.id)) != nil,
                let known = streams[stream.path.text], stream.archive == nil
            else { continue }
            let stored = StoredStream(stream.id, engine)
            for (index, bytes) in known.held where stored.entries[index] != bytes {
                return "\(stream.path.text): entry \(index) is not served"
            }
        }
        return nil
    }

    private mutating func judgeStreams(_ engine: SimulatedEngine) throws -> String? {
        let current = Set(prefixes.values.map(\.id))
        var seen: Set<String> = []
        for stream in try engine.everything().streams {
            let path = stream.path.text
            let found = try engine.hot.find(.streamID(stream.id))
            guard current.contains(stream.prefix) else {
                if found != nil { return "\(path) is found, and its prefix is deleted" }
                continue
            }
            seen.insert(path)
            if gone.contains(stream.id.record) { return "\(path) is back" }
            guard var known = streams[path] else { return "\(path) appears" }
            if let id = known.id, id != stream.id {
                guard maybeGone.contains(id.record) else { return "\(path) is another" }
                known = known.successor
            }
            if stream.archive != nil { known.isArchived = true }
            guard found?.stream == stream else {
                return "\(path): readers see another state than the writer"
            }
            let stored = StoredStream(stream.id, engine)
            if let loss = stored.losses.first { return "\(path): \(loss)" }
            if let problem = Self.difference(stored.entries, known, stream) { return problem }
            streams[path] = Stream(
                id: stream.id, held: stored.entries, terminal: stream.terminalIndex,
                isArchived: known.isArchived)
        }
        for (path, known) in streams where !seen.contains(path) {
            let isGone = known.id.map { maybeGone.contains($0.record) } ?? false
            if !isGone, !known.held.isEmpty || known.terminal != nil { return "\(path) is lost" }
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
