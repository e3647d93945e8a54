import Platform

/// Who may do what, as `access.cfg` and the groups named elsewhere say; checked.
package struct AccessSettings: Hashable, Sendable {
    package var groups: [String: GroupSettings] = [:]
    package var tokens: [TokenSettings] = []
    package var issuers: [IssuerSettings] = []
    /// By full realm, `<project>:<realm>`; bindings of extended realms are copied in.
    package var realms: [String: [BindingSettings]] = [:]
    /// The group whose members administrate; nil: nobody does.
    package var administrators: String?
    /// The group whose members are services; nil: nobody is.
    package var services: String?
    /// By project; the classic dialect's groups.
    package var readers: [String: [String]] = [:]
    package var writers: [String: [String]] = [:]

    package init() {}
}

/// A group: who is in it.
package struct GroupSettings: Hashable, Sendable {
    /// Of the group itself.
    package var members: [IdentityPattern]
    /// Groups whose members belong to it too; free of circles.
    package var nested: [String]
}

/// Matches identities such as `user:alice`.
package enum IdentityPattern: Hashable, Sendable {
    /// One identity.
    case exactly(String)
    /// All that begin so.
    case beginning(String)
    /// Somebody without credentials.
    case anonymous
    /// Everybody, with credentials or without.
    case everybody
    /// The members of a group.
    case group(String)
}

/// A bearer token by its hash.
package struct TokenSettings: Hashable, Sendable {
    package var identity: String
    /// The SHA-256 of the token: 32 bytes.
    package var hash: [UInt8]
}

/// An OpenID provider.
package struct IssuerSettings: Hashable, Sendable {
    /// Where its keys come from.
    package enum Keys: Hashable, Sendable {
        /// The bytes of a key set, read with the configuration.
        case file(name: String, [UInt8])
        case url(String)
    }

    package var issuer: String
    package var audiences: Set<String>
    package var algorithms: Set<String>
    package var keys: Keys
    package var refresh: Duration
    package var identityClaim: String
    package var identityPrefix: String
    package var leeway: Duration
    /// Where it stands in `access.cfg`, for whoever finds something wrong with its keys.
    package var line: Int
}

/// Who may do what in a realm.
package struct BindingSettings: Hashable, Sendable {
    /// Such as `logdog.logs.get`; known ones only.
    package var permissions: Set<String>
    package var principals: [IdentityPattern]
}
