import Coordinator
import LogDogModel

// Prefixes and streams, in memory or cold: who asks does not care. What is in memory is answered
// at once; for what is not a reader thread asks the catalog.
extension ReadModel {
    /// The current prefix of that hash; nil if there is none.
    package func prefix(project: String, hash: HashID) async throws(ReadError) -> PrefixState? {
        try await find(.prefix(PrefixKey(project: project, hash: hash)))?.prefix
    }

    package func prefix(_ id: PrefixID) async throws(ReadError) -> PrefixState? {
        try await find(.prefixID(id))?.prefix
    }

    /// The current stream of that hash; nil if there is none.
    package func stream(project: String, hash: HashID) async throws(ReadError) -> StreamState? {
        try await find(.stream(StreamKey(project: project, hash: hash)))?.stream
    }

    package func stream(_ id: StreamID) async throws(ReadError) -> StreamState? {
        try await find(.streamID(id))?.stream
    }

    /// How many prefixes are in memory, with their streams: those that are not finished.
    package var familiesInMemory: Int { hot.entities.withLock { $0.prefixes.count } }

    /// The stream if it is archived.
    func archived(_ id: StreamID) async throws(ReadError) -> StreamState? {
        let stream = try await stream(id)
        return stream?.archive == nil ? nil : stream
    }

    private func find(_ subject: FamilySubject) async throws(ReadError) -> FoundEntity? {
        switch hot.look(subject) {
        case .found(let found): return found
        case .absent: return nil
        case .missing: return try await threads.run { () throws(ReadError) in try find(subject) }
        }
    }
}

// The same for threads that may block; they do if what is asked for is cold.
extension ReadModel {
    package func stream(project: String, hash: HashID) throws(ReadError) -> StreamState? {
        try find(.stream(StreamKey(project: project, hash: hash)))?.stream
    }

    package func stream(_ id: StreamID) throws(ReadError) -> StreamState? {
        try find(.streamID(id))?.stream
    }

    func archived(_ id: StreamID) throws(ReadError) -> StreamState? {
        let stream = try stream(id)
        return stream?.archive == nil ? nil : stream
    }

    private func find(_ subject: FamilySubject) throws(ReadError) -> FoundEntity? {
        do throws(CatalogError) {
            return try hot.find(subject)
        } catch {
            throw .catalog(error)
        }
    }
}
