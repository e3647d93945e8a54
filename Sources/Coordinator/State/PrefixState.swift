import ByteCoding
import LogDogModel
import Platform

/// A registered prefix (`spec/lifecycle.md §2.1`). Nothing of it changes after registration, but
/// that it may be held or deleted.
package struct PrefixState: Hashable, Sendable {
    /// The number of the record that registered it.
    package let id: PrefixID
    /// The name of its project.
    package let project: String
    /// A valid stream name.
    package let prefix: String
    /// The SHA-256 of `prefix`.
    package let hash: HashID
    /// `<project>:<realm>`; nil for one that was registered without.
    package let realm: String?
    /// What the client that registered it said of itself.
    package let source: [String]
    /// What whoever writes to its streams must know.
    package let secret: Secret
    /// Empty, or the 32 bytes that mark retries of its registration.
    package let nonce: [UInt8]
    /// When it was registered.
    package let created: Timestamp
    /// From here on no stream may be registered.
    package let expires: Timestamp
    /// When it was deleted: from then on no name finds it and its streams, which are removed piece
    /// by piece; nil for one that is there.
    package var deleted: Timestamp?
    /// Since when it is on legal hold, which keeps it from being deleted; nil for one that is not.
    package var held: Timestamp?

    /// From a registration, or from the row of a catalog.
    package init(
        id: PrefixID, project: String, prefix: String, hash: HashID, realm: String?,
        source: [String], secret: Secret, nonce: [UInt8], created: Timestamp, expires: Timestamp,
        deleted: Timestamp? = nil, held: Timestamp? = nil
    ) {
        self.id = id
        self.project = project
        self.prefix = prefix
        self.hash = hash
        self.realm = realm
        self.source = source
        self.secret = secret
        self.nonce = nonce
        self.created = created
        self.expires = expires
        self.deleted = deleted
        self.held = held
    }

    /// What finds it while it is the current prefix of its name.
    package var key: PrefixKey { PrefixKey(project: project, hash: hash) }

    /// The realm without the project; empty if it has none.
    package var shortRealm: String {
        realm.map { String($0.drop { $0 != ":" }.dropFirst()) } ?? ""
    }

    /// The realm that permissions in it are asked for; `@legacy` for one without a realm.
    package var fullRealm: String { realm ?? "\(project):@legacy" }

    /// Whether no stream may be registered under it any more.
    package func isExpired(at now: Timestamp) -> Bool { now >= expires }

    /// The canonical encoding, which goes into the digest: version 1, 2 for a deleted one, 3 for
    /// one on hold.
    var digestEncoding: [UInt8] {
        let version = deleted != nil ? "prefix2" : held != nil ? "prefix3" : "prefix1"
        var bytes: [UInt8] = Array(version.utf8)
        bytes.appendVarint(id.record.rawValue)
        PrefixCoding.encode(self, into: &bytes)
        if let time = deleted ?? held { bytes.appendLittleEndian(time.microseconds) }
        return bytes
    }
}
