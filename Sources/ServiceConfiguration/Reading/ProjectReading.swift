import LogDogModel
import LogDogProtos
import SwiftProtobuf

/// `projects/NAME.cfg`: what is configured for a project.
enum ProjectReading {
    static func settings(
        of project: String, _ file: ConfigurationFile<Svcconfig_ProjectConfig>,
        of service: ServiceSettings, groups: Set<String>, _ access: inout AccessSettings,
        _ findings: inout Findings
    ) -> ProjectSettings {
        let config = file.content
        access.readers[project] = known(
            config.readerAuthGroups, "reader_auth_groups", groups, file, &findings)
        access.writers[project] = known(
            config.writerAuthGroups, "writer_auth_groups", groups, file, &findings)
        var settings = ProjectSettings()
        settings.prefixWindow = findings.duration(
            config.hasPrefixExpiration ? config.prefixExpiration : nil, at: ["prefix_expiration"],
            in: file)
        settings.completePeriod = findings.duration(
            config.hasMaxStreamAge ? config.maxStreamAge : nil, at: ["max_stream_age"], in: file)
        if config.hasArchiveIndexConfig || !config.archiveGsBucket.isEmpty
            || config.renderAllStreams
        {
            var archive =
                config.hasArchiveIndexConfig
                ? ArchiveSettings(config.archiveIndexConfig) : service.archive
            archive.bucket = config.archiveGsBucket
            archive.rendersAll = config.renderAllStreams || service.archive.rendersAll
            settings.archive = archive
        }
        return settings
    }

    private static func known(
        _ names: [String], _ field: String, _ groups: Set<String>,
        _ file: ConfigurationFile<Svcconfig_ProjectConfig>, _ findings: inout Findings
    ) -> [String] {
        var result: [String] = []
        for (number, name) in names.enumerated() {
            let step = FieldStep(field, number)
            if let group = findings.group(name, groups, at: [step], in: file) {
                result.append(group)
            }
        }
        return result
    }
}
