import ServiceConfiguration

/// Who may do what, made ready for being asked.
struct AccessRules: Sendable {
    private let realms: [String: [Permission: PrincipalSet]]
    private let readers: [String: PrincipalSet]
    private let writers: [String: PrincipalSet]
    private let administrators: PrincipalSet
    private let services: PrincipalSet

    init(_ settings: AccessSettings) {
        let table = GroupTable(settings.groups)
        func group(_ name: String?) -> PrincipalSet {
            name.map { PrincipalSet([.group($0)], table) } ?? .nobody
        }
        func groups(_ names: [String]) -> PrincipalSet {
            PrincipalSet(names.map { .group($0) }, table)
        }
        realms = settings.realms.mapValues { bindings in
            var allowed: [Permission: PrincipalSet] = [:]
            for binding in bindings {
                for permission in binding.permissions.compactMap(Permission.init(rawValue:)) {
                    for principal in binding.principals {
                        allowed[permission, default: .nobody].add(principal, table)
                    }
                }
            }
            return allowed
        }
        readers = settings.readers.mapValues(groups)
        writers = settings.writers.mapValues(groups)
        administrators = group(settings.administrators)
        services = group(settings.services)
    }

    /// Nothing is implied: a realm that is not configured allows nothing.
    func isAllowed(_ permission: Permission, in realm: String, _ caller: Caller) -> Bool {
        realms[realm]?[permission]?.contains(caller) ?? false
    }
    func isReader(of project: String, _ caller: Caller) -> Bool {
        readers[project]?.contains(caller) ?? false
    }
    func isWriter(of project: String, _ caller: Caller) -> Bool {
        writers[project]?.contains(caller) ?? false
    }
    func isAdministrator(_ caller: Caller) -> Bool { administrators.contains(caller) }
    func isService(_ caller: Caller) -> Bool { services.contains(caller) }
}
