import LogDogModel
import LogDogProtos
import Platform
import SwiftProtobuf

/// Reads a configuration and checks it as a whole: all of it is good, or none is taken.
package enum ConfigurationReader {
    /// Reads a directory; blocks on the disk.
    package static func read(
        _ directory: String, _ files: any FileSystem
    ) throws(ConfigurationRefusal) -> Configuration {
        try configuration(of: ConfigurationSources(directory, files))
    }

    /// Checks what was read.
    package static func configuration(
        of sources: ConfigurationSources
    ) throws(ConfigurationRefusal) -> Configuration {
        var findings = Findings()
        var access = AccessSettings()
        let accessFile: ConfigurationFile<Svcconfig_AccessConfig>? = parse(
            "access.cfg", sources.files["access.cfg"] ?? [], &findings)
        let groups = accessFile.map { GroupReading.names(in: $0) } ?? []
        var service = ServiceSettings(prefixWindow: nil, bundleTopic: "")
        if let bytes = sources.files["services.cfg"] {
            let file: ConfigurationFile<Svcconfig_Config>? = parse(
                "services.cfg", bytes, &findings)
            // Where access.cfg does not parse, it is not told of each group that is missing.
            if let file, accessFile != nil {
                service = ServiceReading.settings(
                    of: file, groups: groups, &access, &findings)
            }
        } else {
            findings.add(
                ConfigurationProblem(file: "services.cfg", line: nil, reason: "it is not there"))
        }
        let projects = projects(
            sources, service, accessFile == nil ? nil : groups, &access, &findings)
        var limits = LimitSettings()
        if let accessFile {
            GroupReading.read(accessFile, &access, &findings)
            IssuerReading.read(accessFile, keySets: sources.files, &access, &findings)
            let names = Set(projects.keys)
            RealmReading.read(accessFile, projects: names, &access, &findings)
            limits = LimitReading.settings(of: accessFile, projects: names, &findings)
        }
        var retention = RetentionSettings()
        let retentionFile: ConfigurationFile<Svcconfig_RetentionConfig>? = parse(
            "retention.cfg", sources.files["retention.cfg"] ?? [], &findings)
        if let retentionFile {
            retention = RetentionReading.settings(
                of: retentionFile, projects: Set(projects.keys), &findings)
        }
        guard findings.problems.isEmpty else { throw ConfigurationRefusal(findings.problems) }
        return Configuration(
            service: service, projects: projects, access: access, limits: limits,
            retention: retention, hash: sources.hash)
    }

    private static func projects(
        _ sources: ConfigurationSources, _ service: ServiceSettings, _ groups: Set<String>?,
        _ access: inout AccessSettings, _ findings: inout Findings
    ) -> [String: ProjectSettings] {
        var projects: [String: ProjectSettings] = [:]
        for (name, bytes) in sources.files.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("projects/") {
            let project = String(name.dropFirst("projects/".count).dropLast(".cfg".count))
            do throws(NameError) {
                try Names.check(projectName: project)
            } catch {
                findings.add(
                    ConfigurationProblem(
                        file: name, line: nil, reason: "this is no project's name: \(error)"))
                continue
            }
            let file: ConfigurationFile<Svcconfig_ProjectConfig>? = parse(name, bytes, &findings)
            projects[project] = ProjectSettings()
            guard let file, let groups else { continue }
            projects[project] = ProjectReading.settings(
                of: project, file, of: service, groups: groups, &access, &findings)
        }
        return projects
    }

    private static func parse<Content: Message>(
        _ name: String, _ bytes: [UInt8], _ findings: inout Findings
    ) -> ConfigurationFile<Content>? {
        do throws(ConfigurationProblem) {
            return try ConfigurationFile(name, bytes)
        } catch {
            findings.add(error)
            return nil
        }
    }
}
