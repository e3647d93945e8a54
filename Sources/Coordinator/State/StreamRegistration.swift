import LogDogModel
import Platform

/// What is said of a stream when it is registered, and never changes. See `StreamState`.
///
/// A reference: a state is copied for every decision, and kept by the writer and by the read models.
final class StreamRegistration: Hashable, Sendable {
    let id: StreamID
    let prefix: PrefixID
    let project: String
    let protoVersion: String
    let descriptor: StreamDescriptor
    let secret: Secret
    let created: Timestamp

    init(
        id: StreamID, prefix: PrefixID, project: String, protoVersion: String,
        descriptor: StreamDescriptor, secret: Secret, created: Timestamp
    ) {
        self.id = id
        self.prefix = prefix
        self.project = project
        self.protoVersion = protoVersion
        self.descriptor = descriptor
        self.secret = secret
        self.created = created
    }

    static func == (left: StreamRegistration, right: StreamRegistration) -> Bool {
        left === right
            || left.id == right.id && left.prefix == right.prefix && left.project == right.project
                && left.protoVersion == right.protoVersion && left.descriptor == right.descriptor
                && left.secret == right.secret && left.created == right.created
    }

    /// A stream is known by its number.
    func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// An `ArchiveInfo` that costs a stream without one no room.
final class ArchivedStream: Hashable, Sendable {
    let info: ArchiveInfo

    init(_ info: ArchiveInfo) { self.info = info }

    static func == (left: ArchivedStream, right: ArchivedStream) -> Bool {
        left.info == right.info
    }

    func hash(into hasher: inout Hasher) { hasher.combine(info) }
}
