/// Who asks.
package struct Caller: Hashable, Sendable {
    /// Nil for somebody without credentials.
    package let identity: String?

    package init(identity: String?) { self.identity = identity }

    package static let anonymous = Caller(identity: nil)
    package var isAnonymous: Bool { identity == nil }
}

/// What may be allowed in a realm (`spec/rpc.md §2.2`).
package enum Permission: String, Hashable, Sendable {
    case createPrefixes = "logdog.logs.create"
    case readLogs = "logdog.logs.get"
    case listLogs = "logdog.logs.list"
    case deletePrefixes = "logdog.logs.deletePrefix"
}
