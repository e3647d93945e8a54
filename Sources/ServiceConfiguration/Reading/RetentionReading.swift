import LogDogProtos

/// `retention.cfg`: how long logs are kept.
enum RetentionReading {
    /// An age below this is taken for a mistake.
    private static let shortestAge = Duration.seconds(3600)

    static func settings(
        of file: ConfigurationFile<Svcconfig_RetentionConfig>, projects: Set<String>,
        _ findings: inout Findings
    ) -> RetentionSettings {
        var settings = RetentionSettings()
        settings.eachProject = rule(
            file.content.eachProject, ["each_project"], file, &findings)
        for (number, entry) in file.content.projects.enumerated() {
            let path: [FieldStep] = [FieldStep("projects", number)]
            if !projects.contains(entry.project) {
                findings.add(
                    file.problem(
                        at: path + ["project"], "there is no projects/\(entry.project).cfg"))
            } else if settings.projects[entry.project] != nil {
                findings.add(file.problem(at: path + ["project"], "it has retention already"))
            }
            settings.projects[entry.project] = rule(
                entry.retention, path + ["retention"], file, &findings)
        }
        return settings
    }

    private static func rule(
        _ retention: Svcconfig_Retention, _ path: [FieldStep],
        _ file: ConfigurationFile<Svcconfig_RetentionConfig>, _ findings: inout Findings
    ) -> RetentionSettings.Rule {
        var rule = RetentionSettings.Rule()
        rule.streamAge = findings.duration(
            retention.hasMaxStreamAge ? retention.maxStreamAge : nil,
            at: path + ["max_stream_age"], in: file)
        rule.archiveAge = findings.duration(
            retention.hasMaxArchiveAge ? retention.maxArchiveAge : nil,
            at: path + ["max_archive_age"], in: file)
        for (age, field) in [
            (rule.streamAge, "max_stream_age"), (rule.archiveAge, "max_archive_age"),
        ] {
            guard let age, age < shortestAge else { continue }
            findings.add(
                file.problem(at: path + [FieldStep(field)], "an age is at least an hour"))
        }
        if retention.maxArchiveBytes < 0 {
            findings.add(
                file.problem(
                    at: path + ["max_archive_bytes"], "max_archive_bytes is not negative"))
        } else if retention.maxArchiveBytes > 0 {
            rule.archiveBytes = UInt64(retention.maxArchiveBytes)
        }
        return rule
    }
}
