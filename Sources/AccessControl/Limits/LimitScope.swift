import LogDogModel

/// Whose share of the server something counts against.
package enum LimitScope: Hashable, Sendable {
    /// A caller; nil for those without credentials, who share one.
    case identity(String?)
    case project(String)
    case stream(project: String, HashID)

    /// As metrics name it.
    package var kind: String {
        switch self {
        case .identity: "identity"
        case .project: "project"
        case .stream: "stream"
        }
    }

    /// As refusals name it.
    var text: String {
        switch self {
        case .identity(let name): name ?? "callers without credentials"
        case .project(let name): "project \(name)"
        case .stream: "the stream"
        }
    }
}

extension Caller {
    /// The caller's own share.
    package var limitScope: LimitScope { .identity(identity) }
}
