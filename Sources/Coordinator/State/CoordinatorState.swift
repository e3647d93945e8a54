import LogDogModel
import Platform
import Tumble

/// All prefixes and streams that are in memory. The current one of a name is found by its key; an
/// older one of the same name, once deleted, only by its identity.
///
/// Families that are finished may be elsewhere (`Family`); then `isMissing` tells what memory does
/// not know.
package struct CoordinatorState: Hashable, Sendable {
    /// By identity, also those that no name finds any more.
    package private(set) var prefixes: [PrefixID: PrefixState] = [:]
    /// By identity, also those that no name finds any more.
    package private(set) var streams: [StreamID: StreamState] = [:]
    private var prefixIDs: [PrefixKey: PrefixID] = [:]
    private var streamIDs: [StreamKey: StreamID] = [:]
    /// Streams of deleted prefixes whose path another one has by now.
    private var predecessors: [StreamKey: [StreamID]] = [:]
    /// Ascending.
    private var streamsByPrefix: [PrefixID: [StreamID]] = [:]
    private var deletedPrefixes: Set<PrefixID> = []
    /// What is configured; nil before anything was. In no digest.
    package internal(set) var configuration: ConfigurationState?
    /// Whether retention stands still. In no digest.
    package internal(set) var retention = RetentionState.running
    /// Archivals that have come due and are not done.
    package internal(set) var tasks = ArchiveTasks()
    /// Of all prefixes and streams, in memory or not, without what streams have received.
    package internal(set) var digest = StateDigest()
    /// How many streams are not archived; all of them are in memory.
    package private(set) var openStreams = 0
    var residency = Residency()

    /// Nothing is registered.
    package init() {}

    /// From the rows of a catalog.
    ///
    /// - Parameter digest: of all entities and tasks, if the rows are not all that there are.
    package init(
        prefixes: [PrefixState], streams: [StreamState], tasks: [ArchiveTask] = [],
        configuration: ConfigurationState? = nil, retention: RetentionState = .running,
        digest whole: StateDigest? = nil
    ) {
        self.configuration = configuration
        self.retention = retention
        for prefix in prefixes { insert(prefix) }
        for stream in streams.sorted(by: { $0.id < $1.id }) { insert(stream) }
        self.tasks = ArchiveTasks(tasks)
        guard var entities = whole else { return }
        entities -= self.tasks.digest
        residency.coldDigest = entities
        residency.coldDigest -= digest
        digest = entities
    }

    /// The current prefix of a name.
    package func prefix(_ key: PrefixKey) -> PrefixState? {
        prefixIDs[key].flatMap { prefixes[$0] }
    }

    /// The current stream of a path.
    package func stream(_ key: StreamKey) -> StreamState? { streamIDs[key].flatMap { stream($0) } }

    /// The stream of that identity, unless its prefix is deleted.
    package func stream(_ id: StreamID) -> StreamState? {
        guard let stream = streams[id], !isGone(stream) else { return nil }
        return stream
    }

    /// The stream that a caller names.
    package func stream(_ target: StreamTarget) -> StreamState? {
        switch target {
        case .identity(let id): stream(id)
        case .current(let key): stream(key)
        }
    }

    /// Whether a stream is only waiting to be removed.
    func isGone(_ stream: StreamState) -> Bool {
        !deletedPrefixes.isEmpty && deletedPrefixes.contains(stream.prefix)
            && !DeliberateFault.keepDeletedStreams.isOn
    }

    /// The streams of a prefix, deleted or not, in the order of their registrations.
    func streamIDs(of prefix: PrefixID) -> [StreamID] { streamsByPrefix[prefix] ?? [] }

    /// Streams of deleted prefixes that had the path of a current one, as long as they are here.
    func predecessors(of stream: StreamState) -> [StreamID] { predecessors[stream.key] ?? [] }
}

// Changes; `apply` alone makes them.
extension CoordinatorState {
    mutating func insert(_ prefix: PrefixState) {
        if prefixes.updateValue(prefix, forKey: prefix.id) == nil { residency.enter(prefix.id) }
        residency.touch(prefix.id)
        digest.add(prefix.digestEncoding)
        if prefix.deleted == nil {
            prefixIDs[prefix.key] = prefix.id
        } else {
            deletedPrefixes.insert(prefix.id)
        }
    }

    /// Makes a prefix and its streams be found by no name, whatever their number.
    mutating func delete(_ prefix: PrefixState, at time: Timestamp) {
        var deleted = prefix
        deleted.deleted = time
        digest.remove(prefix.digestEncoding)
        if prefixIDs[prefix.key] == prefix.id { prefixIDs[prefix.key] = nil }
        insert(deleted)
    }

    /// Puts a prefix on hold, or takes the hold away with nil.
    mutating func hold(_ prefix: PrefixState, since time: Timestamp?) {
        var changed = prefix
        changed.held = time
        digest.remove(prefix.digestEncoding)
        insert(changed)
    }

    mutating func insert(_ stream: StreamState) {
        streams[stream.id] = stream
        residency.touch(stream.prefix)
        if stream.archive == nil { openStreams += 1 }
        if let older = streamIDs.updateValue(stream.id, forKey: stream.key) {
            predecessors[stream.key, default: []].append(older)
        }
        streamsByPrefix[stream.prefix, default: []].append(stream.id)
        digest.add(stream.digestEncoding)
    }

    /// Takes streams of one prefix out; those that are not there are passed over.
    mutating func remove(_ ids: [StreamID], of prefix: PrefixID) {
        residency.touch(prefix)
        for id in ids {
            guard let stream = streams.removeValue(forKey: id) else { continue }
            digest.remove(stream.digestEncoding)
            if stream.archive == nil { openStreams -= 1 }
            if streamIDs[stream.key] == id {
                streamIDs[stream.key] = nil
            } else {
                predecessors[stream.key]?.removeAll { $0 == id }
                if predecessors[stream.key]?.isEmpty == true { predecessors[stream.key] = nil }
            }
        }
        // As a rule they are the last ones.
        if streamsByPrefix[prefix]?.suffix(ids.count).elementsEqual(ids) == true {
            streamsByPrefix[prefix]?.removeLast(ids.count)
        } else {
            let gone = Set(ids)
            streamsByPrefix[prefix]?.removeAll { gone.contains($0) }
        }
        if streamsByPrefix[prefix]?.isEmpty == true { streamsByPrefix[prefix] = nil }
    }

    /// Takes a prefix out for good that has no streams any more.
    mutating func remove(_ prefix: PrefixState) {
        residency.remove(prefix.id)
        forget(prefix)
    }

    /// Takes a prefix out of memory whose streams are not there any more.
    mutating func forget(_ prefix: PrefixState) {
        prefixes[prefix.id] = nil
        deletedPrefixes.remove(prefix.id)
        if prefixIDs[prefix.key] == prefix.id { prefixIDs[prefix.key] = nil }
        digest.remove(prefix.digestEncoding)
    }

    /// Changes what is in the digest of a stream.
    mutating func update(_ stream: StreamState) {
        guard let old = streams[stream.id] else { return }
        digest.remove(old.digestEncoding)
        digest.add(stream.digestEncoding)
        streams[stream.id] = stream
        residency.touch(stream.prefix)
        if old.archive == nil, stream.archive != nil { openStreams -= 1 }
    }

    /// Counts in what a stream received; in no digest. False if the stream is not there or is
    /// archived: then nothing is received any more.
    mutating func receive(_ range: Range<UInt64>, of id: StreamID) -> Bool {
        // In place: to copy a stream out and in costs more than the change.
        guard let index = streams.index(forKey: id), streams.values[index].archive == nil else {
            return false
        }
        if DeliberateFault.forgetReceived.isOn, range.lowerBound % 8 == 0 { return true }
        streams.values[index].received.insert(range)
        return true
    }
}
