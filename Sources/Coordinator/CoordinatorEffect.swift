/// What the rules have done outside, once the decision is durable.
package enum CoordinatorEffect: Hashable, Sendable, CustomStringConvertible {
    /// Objects of archives are to go; done, it comes back as `ArchivesRemoved`.
    case removeArchives(RemoveArchives)

    package var description: String {
        switch self {
        case .removeArchives(let removal): "remove \(removal.archives.count) archives"
        }
    }
}
