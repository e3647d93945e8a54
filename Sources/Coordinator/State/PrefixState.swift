import ByteCoding
import LogDogModel
import Platform

/// A registered prefix (`spec/lifecycle.md §2.1`). Nothing of it changes after registration.
package struct PrefixState: Hashable, Sendable {
    package let id: PrefixID
    package let project: String
    package let prefix: String
    package let hash: HashID
    /// `<project>:<realm>`; nil for one that was registered without.
    package let realm: String?
    package let source: [String]
    package let secret: Secret
    /// Empty, or the 32 bytes that mark retries of its registration.
    package let nonce: [UInt8]
    package let created: Timestamp
    /// From here on no stream may be registered.
    package let expires: Timestamp

    package init(
        id: PrefixID, project: String, prefix: String, hash: HashID, realm: String?,
        source: [String], secret: Secret, nonce: [UInt8], created: Timestamp, expires: Timestamp
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
    }

    package var key: PrefixKey { PrefixKey(project: project, hash: hash) }

    /// The realm without the project; empty if it has none.
    package var shortRealm: String {
        realm.map { String($0.drop { $0 != ":" }.dropFirst()) } ?? ""
    }

    package func isExpired(at now: Timestamp) -> Bool { now >= expires }

    /// The canonical encoding, version 1: what goes into the digest.
    var digestEncoding: [UInt8] {
        var bytes: [UInt8] = Array("prefix1".utf8)
        bytes.appendVarint(id.record.rawValue)
        PrefixCoding.encode(self, into: &bytes)
        return bytes
    }
}
