import LogDogModel
import Tumble

/// All prefixes and streams. The current one of a name is found by its key; an older one of the
/// same name, once deleted, only by its identity.
package struct CoordinatorState: Hashable, Sendable {
    /// By identity, also those that no name finds any more.
    package private(set) var prefixes: [PrefixID: PrefixState] = [:]
    /// By identity, also those that no name finds any more.
    package private(set) var streams: [StreamID: StreamState] = [:]
    private var prefixIDs: [PrefixKey: PrefixID] = [:]
    private var streamIDs: [StreamKey: StreamID] = [:]
    /// What is configured; nil before anything was. In no digest.
    package internal(set) var configuration: ConfigurationState?
    /// Archivals that have come due and are not done.
    package internal(set) var tasks = ArchiveTasks()
    /// Of all prefixes and streams, without what streams have received.
    package private(set) var digest = StateDigest()

    /// Nothing is registered.
    package init() {}

    /// From the rows of a catalog.
    package init(
        prefixes: [PrefixState], streams: [StreamState], tasks: [ArchiveTask] = [],
        configuration: ConfigurationState? = nil
    ) {
        self.configuration = configuration
        for prefix in prefixes { insert(prefix) }
        for stream in streams { insert(stream) }
        self.tasks = ArchiveTasks(tasks)
    }

    /// The current prefix of a name.
    package func prefix(_ key: PrefixKey) -> PrefixState? {
        prefixIDs[key].flatMap { prefixes[$0] }
    }

    /// The current stream of a path.
    package func stream(_ key: StreamKey) -> StreamState? {
        streamIDs[key].flatMap { streams[$0] }
    }

    /// The stream that a caller names.
    package func stream(_ target: StreamTarget) -> StreamState? {
        switch target {
        case .identity(let id): streams[id]
        case .current(let key): stream(key)
        }
    }

    mutating func insert(_ prefix: PrefixState) {
        prefixes[prefix.id] = prefix
        prefixIDs[prefix.key] = prefix.id
        digest.add(prefix.digestEncoding)
    }

    mutating func insert(_ stream: StreamState) {
        streams[stream.id] = stream
        streamIDs[stream.key] = stream.id
        digest.add(stream.digestEncoding)
    }

    /// Changes what is in the digest of a stream.
    mutating func update(_ stream: StreamState) {
        guard let old = streams[stream.id] else { return }
        digest.remove(old.digestEncoding)
        digest.add(stream.digestEncoding)
        streams[stream.id] = stream
    }

    /// Counts in what a stream received; in no digest. False if the stream is not there or is
    /// archived: then nothing is received any more.
    mutating func receive(_ range: Range<UInt64>, of id: StreamID) -> Bool {
        // In place: to copy a stream out and in costs more than the change.
        guard let index = streams.index(forKey: id), streams.values[index].archive == nil else {
            return false
        }
        streams.values[index].received.insert(range)
        return true
    }
}
