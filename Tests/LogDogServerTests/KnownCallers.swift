import AccessControl
import LogDogServer
import ServiceConfiguration

/// An authority that knows callers by name: `Authorization: Bearer NAME`.
struct KnownCallers: Authority {
    /// By caller, then by realm of `proj-foo`.
    var permissions: [String: [String: Set<Permission>]] = [:]
    var administrators: Set<String> = []
    var services: Set<String> = []
    var window: Duration? = .seconds(86_400)
    var completePeriod: Duration?

    static let everything: Set<Permission> = [
        .createPrefixes, .readLogs, .listLogs, .deletePrefixes,
    ]

    func identify(_ authorization: String?) -> Caller {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return .anonymous }
        return Caller(identity: String(authorization.dropFirst(7)))
    }

    func project(_ name: String) -> ProjectSettings? {
        name == "proj-foo" ? ProjectSettings() : nil
    }

    var service: ServiceSettings {
        var settings = ServiceSettings(
            prefixWindow: window, bundleTopic: "projects/logdog/topics/bundles")
        settings.completePeriod = completePeriod
        return settings
    }

    func isAllowed(_ permission: Permission, in realm: String, _ caller: Caller) -> Bool {
        let realms = permissions[caller.identity ?? ""] ?? [:]
        guard realm.hasPrefix("proj-foo:") else { return false }
        return realms[String(realm.dropFirst(9))]?.contains(permission) == true
    }

    /// By caller; the classic dialect's groups.
    var readers: Set<String> = []
    var writers: Set<String> = []

    func isReader(of project: String, _ caller: Caller) -> Bool {
        project == "proj-foo" && readers.contains(caller.identity ?? "")
    }
    func isWriter(of project: String, _ caller: Caller) -> Bool {
        project == "proj-foo" && writers.contains(caller.identity ?? "")
    }
    func isAdministrator(_ caller: Caller) -> Bool {
        administrators.contains(caller.identity ?? "")
    }
    func isService(_ caller: Caller) -> Bool { services.contains(caller.identity ?? "") }
    var isOpen: Bool { false }
}
