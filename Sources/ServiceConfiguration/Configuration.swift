/// A configuration that was read and checked as a whole.
package struct Configuration: Hashable, Sendable {
    package let service: ServiceSettings
    /// The projects that there are.
    package let projects: [String: ProjectSettings]
    package let access: AccessSettings
    package let limits: LimitSettings
    package let retention: RetentionSettings
    /// The SHA-256 over the names and bytes of all its files: equal exactly for equal files.
    package let hash: [UInt8]

    init(
        service: ServiceSettings, projects: [String: ProjectSettings], access: AccessSettings,
        limits: LimitSettings, retention: RetentionSettings, hash: [UInt8]
    ) {
        self.service = service
        self.projects = projects
        self.access = access
        self.limits = limits
        self.retention = retention
        self.hash = hash
    }
}
