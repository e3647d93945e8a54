import LogDogModel
import Platform

/// What is configured for a project.
package struct ProjectSettings: Hashable, Sendable {
    /// For how long a prefix takes registrations; nil if the project says nothing.
    package var prefixWindow: Duration?

    package init(prefixWindow: Duration? = nil) { self.prefixWindow = prefixWindow }
}

/// What is configured for the service.
package struct ServiceSettings: Hashable, Sendable {
    package var prefixWindow: Duration?
    /// `projects/<p>/topics/<t>`: what Butlers are told to publish bundles to.
    package var bundleTopic: String

    package init(prefixWindow: Duration?, bundleTopic: String) {
        self.prefixWindow = prefixWindow
        self.bundleTopic = bundleTopic
    }
}

/// Which projects there are, and who may do what.
package protocol Authority: Sendable {
    /// Who sends an `Authorization` header; nil for a caller without one.
    func identify(_ authorization: String?) -> Caller
    /// Nil if there is no such project; `name` is well-formed.
    func project(_ name: String) -> ProjectSettings?
    var service: ServiceSettings { get }
    /// - Parameter realm: the full one, `<project>:<realm>`.
    func isAllowed(_ permission: Permission, in realm: String, _ caller: Caller) -> Bool
    func isAdministrator(_ caller: Caller) -> Bool
    func isService(_ caller: Caller) -> Bool
    /// Whether anybody may do anything: then only loopback may be listened on.
    var isOpen: Bool { get }
}

/// Open mode: without configuration every valid project exists, and everyone may do everything.
package struct OpenAuthority: Authority {
    package init() {}

    package func identify(_ authorization: String?) -> Caller { Caller(identity: "everyone") }

    package func project(_ name: String) -> ProjectSettings? { ProjectSettings() }

    package var service: ServiceSettings {
        ServiceSettings(
            prefixWindow: .seconds(86_400), bundleTopic: "projects/logdog/topics/bundles")
    }

    package func isAllowed(
        _ permission: Permission, in realm: String, _ caller: Caller
    ) -> Bool { true }
    package func isAdministrator(_ caller: Caller) -> Bool { true }
    package func isService(_ caller: Caller) -> Bool { true }
    package var isOpen: Bool { true }
}

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
    package func isAdministrator(_ caller: Caller) -> Bool { everyoneAdministrates }
    package func isService(_ caller: Caller) -> Bool { everyoneIsService }
    package var isOpen: Bool { false }
}
