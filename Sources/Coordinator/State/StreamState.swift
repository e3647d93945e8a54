import ByteCoding
import LogDogModel
import Platform

/// A registered stream: its three independent parts, terminal, archival and purge
/// (`spec/lifecycle.md §3.2`), and what it has received.
package struct StreamState: Hashable, Sendable {
    /// What never changes, shared by all copies: the writer and its readers have one each.
    private let registration: StreamRegistration
    /// The last registration, termination or archival; what `age` is counted from.
    package var updated: Timestamp
    /// The last index; nil while the stream is open.
    package var terminalIndex: UInt64?
    /// When the end became known, by termination or by archival: also set for an archive without
    /// entries, which has no last index.
    package var terminatedAt: Timestamp?
    /// What marks a pending archival: `1` from registration on; in the classic dialect
    /// empty until its deadline fires, and then 32 bytes. Empty once archived.
    package var archivalKey: [UInt8]
    /// Elsewhere, since live streams have none.
    private var archived: ArchivedStream?
    /// Hidden from everybody but administrators.
    package var purged: Bool
    /// In no digest and no catalog row: it comes back from footers and the tail. An archived
    /// stream has none.
    package var received: ReceivedRanges

    /// What current servers store as archival key: a mere marker "tasked".
    package static let taskedKey: [UInt8] = [0x31]
    /// No stream index is higher: terminal indexes are signed on the wire.
    package static let lastIndex = UInt64(Int64.max)

    /// From a registration, or from the row of a catalog.
    package init(
        id: StreamID, prefix: PrefixID, project: String, protoVersion: String,
        descriptor: StreamDescriptor, secret: Secret, created: Timestamp, updated: Timestamp,
        terminalIndex: UInt64?, terminatedAt: Timestamp?, archivalKey: [UInt8],
        archive: ArchiveInfo? = nil, purged: Bool, received: ReceivedRanges
    ) {
        registration = StreamRegistration(
            id: id, prefix: prefix, project: project, protoVersion: protoVersion,
            descriptor: descriptor, secret: secret, created: created)
        self.updated = updated
        self.terminalIndex = terminalIndex
        self.terminatedAt = terminatedAt
        self.archivalKey = archivalKey
        archived = archive.map { ArchivedStream($0) }
        self.purged = purged
        self.received = received
    }

    /// The number of the record that registered it.
    package var id: StreamID { registration.id }
    /// The prefix that it was registered under.
    package var prefix: PrefixID { registration.prefix }
    /// The name of its project.
    package var project: String { registration.project }
    /// As the client sent it.
    package var protoVersion: String { registration.protoVersion }
    /// Never changes.
    package var descriptor: StreamDescriptor { registration.descriptor }
    /// A copy of its prefix's.
    package var secret: Secret { registration.secret }
    /// When it was registered.
    package var created: Timestamp { registration.created }

    /// What its archivist reported; nil until then.
    package var archive: ArchiveInfo? {
        get { archived?.info }
        set { archived = newValue.map { ArchivedStream($0) } }
    }

    /// The SHA-256 of its path.
    package var hash: HashID { descriptor.hash }
    /// Its prefix and its name.
    package var path: StreamPath { descriptor.path }

    /// What finds it while it is the current stream of its path.
    package var key: StreamKey { StreamKey(project: project, hash: hash) }

    /// Whether it lives by the classic dialect: it is tasked only when its deadline fires. A
    /// matter of its registration, whatever the server speaks since.
    package var isClassic: Bool { archive == nil && archivalKey != Self.taskedKey }

    /// Whether its end is known: an archived stream has one, even without a last index.
    package var isTerminated: Bool { terminatedAt != nil }

    /// The archival part of its life.
    package var archivalState: ArchivalState {
        ArchivalState(archivalKey: archivalKey, archive: archive, terminalIndex: terminalIndex)
    }

    /// The canonical encoding without what was received: version 1, or 2 for an archived stream.
    var digestEncoding: [UInt8] {
        var bytes: [UInt8] = Array((archive == nil ? "stream1" : "stream2").utf8)
        bytes.appendVarint(id.record.rawValue)
        StreamCoding.encode(self, into: &bytes)
        bytes.appendLittleEndian(updated.microseconds)
        bytes.append(purged ? 1 : 0)
        archive?.encode(into: &bytes)
        return bytes
    }
}
