import ServiceConfiguration

/// An authority whose answers are given: for tests, and for whoever embeds the server.
package struct FixedAuthority: Authority {
    package var projects: [String: ProjectSettings]
    package var service: ServiceSettings
    /// What everyone may do, by full realm.
    package var permissions: [String: Set<Permission>]
    package var everyoneAdministrates: Bool
    package var everyoneIsService: Bool

    package init(
        projects: [String: ProjectSettings], service: ServiceSettings,
        permissions: [String: Set<Permission>], everyoneAdministrates: Bool,
        everyoneIsService: Bool
    ) {
        self.projects = projects
        self.service = service
        self.permissions = permissions
        self.everyoneAdministrates = everyoneAdministrates
        self.everyoneIsService = everyoneIsService
    }

    package func identify(_ authorization: String?) -> Caller { Caller(identity: "fixed") }
    package func project(_ name: String) -> ProjectSettings? { projects[name] }
    package func isAllowed(
        _ permission: Permission, in realm: String, _ caller: Caller
    ) -> Bool { permissions[realm]?.contains(permission) ?? false }
    /// Everyone reads and writes the projects that there are.
    package func isReader(of project: String, _ caller: Caller) -> Bool {
        projects[project] != nil
    }
    package func isWriter(of project: String, _ caller: Caller) -> Bool {
        projects[project] != nil
    }
    package func isAdministrator(_ caller: Caller) -> Bool { everyoneAdministrates }
    package func isService(_ caller: Caller) -> Bool { everyoneIsService }
    package var isOpen: Bool { false }
}
