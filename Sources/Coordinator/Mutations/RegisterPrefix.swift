import Journal
import LogDogModel
import Platform
import Tumble

/// A Butler claims a prefix (`spec/rpc.md §8`).
package struct RegisterPrefix: Sendable {
    /// For so long a repeat with the same nonce counts as the same claim.
    package static let nonceWindow = Duration.seconds(900)
    /// The only length of a nonce besides zero, in bytes.
    package static let nonceLength = 32

    /// A valid project name.
    package var project: String
    /// A valid stream name.
    package var prefix: String
    /// `<project>:<realm>`; nil for none.
    package var realm: String?
    /// What the client says of itself; stored as given.
    package var sourceInfo: [String]
    /// 32 bytes that mark repeats of this claim, or empty.
    package var nonce: [UInt8]
    /// For how long streams may be registered; above zero.
    package var window: Duration
    /// Fresh; it becomes the prefix's secret if the claim is new.
    package var secret: Secret

    /// All is checked by the caller, but for the length of the nonce.
    package init(
        project: String, prefix: String, realm: String?, sourceInfo: [String], nonce: [UInt8],
        window: Duration, secret: Secret
    ) {
        self.project = project
        self.prefix = prefix
        self.realm = realm
        self.sourceInfo = sourceInfo
        self.nonce = nonce
        self.window = window
        self.secret = secret
    }

    /// How long streams may be registered, of what request, service and project ask for: the
    /// shortest time that is above zero. Nil if there is none: then nothing can be registered.
    package static func window(_ wanted: [Duration?]) -> Duration? {
        wanted.compactMap { $0 }.filter { $0 > .zero }.min()
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp, next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        let hash = HashID.ofPrefix(prefix)
        let stored = state.prefix(PrefixKey(project: project, hash: hash))
        switch PrefixClaim(of: stored, by: self, at: now) {
        case .conflicts: throw .prefixAlreadyExists
        // The stored secret, whoever lost the race (deviation D1).
        case .repeats(let stored): return Decision(reply: .prefix(stored))
        case .claims: break
        }
        guard nonce.isEmpty || nonce.count == Self.nonceLength else {
            throw .badNonceLength(nonce.count)
        }
        let registered = PrefixState(
            id: PrefixID(record: next), project: project, prefix: prefix, hash: hash,
            realm: realm, source: sourceInfo, secret: secret, nonce: nonce, created: now,
            expires: now.adding(window))
        return Decision(events: [.prefixRegistered(registered)], reply: .prefix(registered))
    }

    /// `spec/rpc.md §8.3`; realm, source and window of a retry are not compared.
    fileprivate func isRetry(of stored: PrefixState, at now: Timestamp) -> Bool {
        nonce.count == Self.nonceLength && !stored.nonce.isEmpty
            && now <= stored.created.adding(Self.nonceWindow) && nonce == stored.nonce
    }
}

/// The transition table of a prefix's registration. That it closes is no transition: it is a
/// comparison with the time, at use.
private enum PrefixClaim {
    case claims
    /// The same claim once more.
    case repeats(PrefixState)
    case conflicts

    // swift-format-ignore
    init(of stored: PrefixState?, by claim: RegisterPrefix, at now: Timestamp) {
        switch stored {
        case nil:                                                 self = .claims
        case let stored? where claim.isRetry(of: stored, at: now): self = .repeats(stored)
        case _?:                                                  self = .conflicts
        }
    }
}
