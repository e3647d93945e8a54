import LogDogModel
import LogDogProtos

/// Realms of `access.cfg`: who may do what where.
enum RealmReading {
    /// What may be allowed (`spec/rpc.md §2.2`).
    static let permissions: Set<String> = [
        "logdog.logs.create", "logdog.logs.get", "logdog.logs.list", "logdog.logs.deletePrefix",
    ]
    static let roles: [String: Set<String>] = [
        "role/logdog.reader": ["logdog.logs.get", "logdog.logs.list"],
        "role/logdog.writer": ["logdog.logs.create"],
        "role/logdog.owner": permissions,
    ]

    static func read(
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, projects: Set<String>,
        _ access: inout AccessSettings, _ findings: inout Findings
    ) {
        var seen: Set<String> = []
        for (number, project) in file.content.projects.enumerated() {
            let place = FieldStep("projects", number)
            guard projects.contains(project.project) else {
                findings.add(
                    file.problem(
                        at: [place, "project"],
                        "there is no projects/\(project.project).cfg"))
                continue
            }
            guard seen.insert(project.project).inserted else {
                findings.add(
                    file.problem(
                        at: [place, "project"], "\(project.project) has realms already"))
                continue
            }
            readProject(project, place, file, &access, &findings)
        }
    }

    private static func readProject(
        _ project: Svcconfig_ProjectRealms, _ place: FieldStep,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ access: inout AccessSettings,
        _ findings: inout Findings
    ) {
        let known = Set(project.realms.map(\.name))
        let groups = GroupReading.names(in: file)
        var own: [String: [BindingSettings]] = [:]
        var extends: [String: [String]] = [:]
        for (number, realm) in project.realms.enumerated() {
            let path = [place, FieldStep("realms", number)]
            do throws(NameError) {
                try Names.check(shortRealm: realm.name)
            } catch {
                findings.add(
                    file.problem(at: path + ["name"], "this is no name of a realm: \(error)"))
                continue
            }
            guard own[realm.name] == nil else {
                findings.add(
                    file.problem(at: path + ["name"], "the realm is there already"))
                continue
            }
            for (number, name) in realm.extends.enumerated() where !known.contains(name) {
                findings.add(
                    file.problem(
                        at: path + [FieldStep("extends", number)],
                        "the project has no realm \(name)"))
            }
            extends[realm.name] = realm.extends
            own[realm.name] = realm.bindings.enumerated().map { number, binding in
                self.binding(
                    binding, path + [FieldStep("bindings", number)], groups, file, &findings)
            }
        }
        if let name = Circle.first(in: extends) {
            let number = project.realms.firstIndex { $0.name == name } ?? 0
            findings.add(
                file.problem(
                    at: [place, FieldStep("realms", number)], "the realm extends itself"))
            return
        }
        for name in own.keys {
            access.realms["\(project.project):\(name)"] = effective(name, own, extends)
        }
    }

    /// Its own bindings and those of all realms that it extends; there is no circle.
    private static func effective(
        _ name: String, _ own: [String: [BindingSettings]], _ extends: [String: [String]]
    ) -> [BindingSettings] {
        var seen: Set<String> = [name]
        var open = [name]
        var bindings: [BindingSettings] = []
        while let next = open.popLast() {
            bindings += own[next] ?? []
            open += (extends[next] ?? []).filter { seen.insert($0).inserted }
        }
        return bindings
    }

    private static func binding(
        _ binding: Svcconfig_RealmBinding, _ path: [FieldStep], _ groups: Set<String>,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings
    ) -> BindingSettings {
        var allowed: Set<String> = []
        if !binding.role.isEmpty {
            guard let role = roles[binding.role] else {
                findings.add(
                    file.problem(
                        at: path + ["role"],
                        "\(binding.role) is not one of "
                            + roles.keys.sorted().joined(separator: ", ")))
                return BindingSettings(permissions: [], principals: [])
            }
            allowed = role
        }
        for (number, name) in binding.permissions.enumerated() {
            guard permissions.contains(name) else {
                findings.add(
                    file.problem(
                        at: path + [FieldStep("permissions", number)],
                        "\(name) is not one of "
                            + permissions.sorted().joined(separator: ", ")))
                continue
            }
            allowed.insert(name)
        }
        if allowed.isEmpty {
            findings.add(file.problem(at: path, "a binding needs a role or permissions"))
        }
        var principals: [IdentityPattern] = []
        for (number, text) in binding.principals.enumerated() {
            if let principal = principal(text, groups) {
                principals.append(principal)
            } else {
                findings.add(
                    file.problem(
                        at: path + [FieldStep("principals", number)],
                        "\(text) is neither an identity nor group:NAME of a group that is there"))
            }
        }
        return BindingSettings(permissions: allowed, principals: principals)
    }

    private static func principal(_ text: String, _ groups: Set<String>) -> IdentityPattern? {
        guard text.hasPrefix("group:") else { return IdentityPattern(text) }
        let name = String(text.dropFirst(6))
        guard groups.contains(name) else { return nil }
        return name == GroupReading.everybody ? .everybody : .group(name)
    }
}
