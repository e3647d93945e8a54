import LogDogModel
import LogDogProtos
import SwiftProtobuf

/// `services.cfg`: what is configured for the service as a whole.
enum ServiceReading {
    static func settings(
        of file: ConfigurationFile<Svcconfig_Config>, groups: Set<String>,
        _ access: inout AccessSettings, _ findings: inout Findings
    ) -> ServiceSettings {
        let config = file.content
        let coordinator = config.coordinator
        var settings = ServiceSettings(
            prefixWindow: nil, bundleTopic: topic(of: file, &findings))
        // Without it the original crashes at the first call of a service (deviation D13).
        guard config.hasCoordinator else {
            findings.add(file.problem(at: [], "the section coordinator is missing"))
            return settings
        }
        access.administrators = findings.group(
            coordinator.adminAuthGroup, groups, at: ["coordinator", "admin_auth_group"], in: file)
        access.services = findings.group(
            coordinator.serviceAuthGroup, groups, at: ["coordinator", "service_auth_group"],
            in: file)
        settings.prefixWindow = findings.duration(
            coordinator.hasPrefixExpiration ? coordinator.prefixExpiration : nil,
            at: ["coordinator", "prefix_expiration"], in: file)
        settings.settleDelay = findings.duration(
            coordinator.hasArchiveSettleDelay ? coordinator.archiveSettleDelay : nil,
            at: ["coordinator", "archive_settle_delay"], in: file)
        settings.completePeriod = findings.duration(
            coordinator.hasArchiveDelayMax ? coordinator.archiveDelayMax : nil,
            at: ["coordinator", "archive_delay_max"], in: file)
        settings.allowedOrigins = coordinator.rpcAllowOrigins
        for (number, origin) in coordinator.rpcAllowOrigins.enumerated()
        where !isOrigin(origin) {
            findings.add(
                file.problem(
                    at: ["coordinator", FieldStep("rpc_allow_origins", number)],
                    "an origin is http:// or https:// and a host, nothing behind it"))
        }
        if config.archivist.hasArchiveIndexConfig {
            settings.archive = ArchiveSettings(config.archivist.archiveIndexConfig)
        }
        settings.archive.rendersAll = config.archivist.renderAllStreams
        return settings
    }

    private static func topic(
        of file: ConfigurationFile<Svcconfig_Config>, _ findings: inout Findings
    ) -> String {
        guard case .pubsub(let pubsub)? = file.content.transport.type else {
            return ServiceSettings.placeholderTopic
        }
        let topic = "projects/\(pubsub.project)/topics/\(pubsub.topic)"
        if !Names.isTopic(topic) {
            findings.add(
                file.problem(
                    at: ["transport", "pubsub", "topic"],
                    "Butlers refuse \(topic): project and topic are needed, a topic has 3 to 255 "
                        + "characters, begins with a letter, and not with goog"))
        }
        return topic
    }

    private static func isOrigin(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count)
            return !host.isEmpty && !host.contains { "/*?# ".contains($0) }
        }
        return false
    }
}

extension ArchiveSettings {
    /// A range that is not above zero is no rule.
    init(_ index: Svcconfig_ArchiveIndexConfig) {
        self.init()
        streamRange = UInt32(clamping: index.streamRange)
        prefixRange = UInt32(clamping: index.prefixRange)
        byteRange = UInt32(clamping: index.byteRange)
    }
}
