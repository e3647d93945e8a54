/// The effective values of a configuration as text, for people and for the journal.
///
/// Ordered, so that equal values give equal texts. Hashes of tokens are masked and keys left out.
package struct EffectiveText {
    private var lines: [String] = []

    package static func text(of configuration: Configuration) -> String {
        var text = EffectiveText()
        text.add(configuration.service, configuration.access)
        for (name, project) in configuration.projects.sorted(by: { $0.key < $1.key }) {
            text.add(name, project, configuration.access)
        }
        text.add(configuration.access)
        text.add(configuration.limits)
        text.add(configuration.retention)
        return text.lines.joined(separator: "\n") + "\n"
    }

    private mutating func add(_ service: ServiceSettings, _ access: AccessSettings) {
        lines.append("service")
        add("administrators", access.administrators.map { "group:\($0)" } ?? "nobody")
        add("services", access.services.map { "group:\($0)" } ?? "nobody")
        add("prefix window", Self.text(service.prefixWindow) ?? "as each project says")
        add("bundle topic", service.bundleTopic)
        add("archival after termination", service.settleDelay.map(Self.exact) ?? "300 s (default)")
        add(
            "archival after registration", Self.text(service.completePeriod) ?? "172800 s (default)"
        )
        add("allowed origins", Self.list(service.allowedOrigins) ?? "none")
        add("archive index", Self.text(service.archive))
    }

    private mutating func add(
        _ name: String, _ project: ProjectSettings, _ access: AccessSettings
    ) {
        lines.append("project \(name)")
        add("prefix window", Self.text(project.prefixWindow) ?? "as the service says")
        add(
            "archival after registration",
            Self.text(project.completePeriod) ?? "as the service says")
        add("archive index", project.archive.map(Self.text) ?? "as the service says")
        if let bucket = project.archive?.bucket, !bucket.isEmpty { add("archive bucket", bucket) }
        add("classic readers", Self.list(access.readers[name] ?? []) ?? "nobody")
        add("classic writers", Self.list(access.writers[name] ?? []) ?? "nobody")
    }

    private mutating func add(_ access: AccessSettings) {
        for (name, group) in access.groups.sorted(by: { $0.key < $1.key }) {
            let nested = group.nested.map { "group:\($0)" }
            lines.append(
                "group \(name): "
                    + (Self.list(group.members.map(\.text) + nested) ?? "nobody"))
        }
        for token in access.tokens.sorted(by: { $0.identity < $1.identity }) {
            lines.append("token of \(token.identity): ********")
        }
        for issuer in access.issuers {
            lines.append("issuer \(issuer.issuer)")
            add("audiences", Self.list(issuer.audiences.sorted()) ?? "none")
            add("algorithms", Self.list(issuer.algorithms.sorted()) ?? "none")
            add("identities", "\(issuer.identityPrefix){\(issuer.identityClaim)}")
            switch issuer.keys {
            case .file(let name, _): add("keys", name)
            case .url: add("keys", "fetched every \(Self.text(issuer.refresh) ?? "")")
            }
        }
        for (realm, bindings) in access.realms.sorted(by: { $0.key < $1.key }) {
            lines.append("realm \(realm)")
            for binding in bindings {
                add(
                    Self.list(binding.permissions.sorted()) ?? "nothing",
                    Self.list(binding.principals.map(\.text)) ?? "nobody")
            }
        }
    }

    private mutating func add(_ limits: LimitSettings) {
        add("each identity", limits.eachIdentity)
        add("each project", limits.eachProject)
        add("each stream", limits.eachStream)
        for (name, rates) in limits.identities.sorted(by: { $0.key < $1.key }) {
            add(name, rates)
        }
        for (name, rates) in limits.projects.sorted(by: { $0.key < $1.key }) {
            add("project \(name)", rates)
        }
    }

    private mutating func add(_ retention: RetentionSettings) {
        add("retention of each project", retention.eachProject)
        for (name, rule) in retention.projects.sorted(by: { $0.key < $1.key }) {
            add("retention of project \(name)", rule)
        }
    }

    private mutating func add(_ title: String, _ rule: RetentionSettings.Rule) {
        lines.append(title)
        add("streams", Self.text(rule.streamAge) ?? "46656000 s (default)")
        add("archives", Self.text(rule.archiveAge) ?? "as long as their streams")
        add("all archives", rule.archiveBytes.map { "\($0) bytes at most" } ?? "no limit")
    }

    private mutating func add(_ whose: String, _ rates: RateSettings) {
        guard rates != RateSettings() else { return }
        lines.append("limits of \(whose)")
        for resource in LimitedResource.allCases {
            guard let rate = rates.rates[resource] else { continue }
            add(resource.rawValue, "\(rate.perSecond) a second, \(rate.burst) at once")
        }
        if let tails = rates.openTails { add("open_tails", "\(tails)") }
    }

    private mutating func add(_ name: String, _ value: String) {
        lines.append("  \(name): \(value)")
    }

    private static func list(_ texts: [String]) -> String? {
        texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static func text(_ duration: Duration?) -> String? {
        guard let duration, duration > .zero else { return nil }
        return exact(duration)
    }

    private static func exact(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds != 0 else { return "\(seconds) s" }
        return "\(seconds) s \(attoseconds / 1_000_000_000) ns"
    }

    private static func text(_ archive: ArchiveSettings) -> String {
        let ranges = [
            (archive.streamRange, "entries"), (archive.prefixRange, "entries of the prefix"),
            (archive.byteRange, "bytes"),
        ]
        let rules = ranges.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return rules.isEmpty
            ? "every entry" : "a point every " + rules.joined(separator: " or ")
    }
}

extension IdentityPattern {
    /// As it is written in `access.cfg`.
    var text: String {
        switch self {
        case .exactly(let identity): identity
        case .beginning(let start): "\(start)*"
        case .anonymous: Self.anonymousText
        case .everybody: "group:\(GroupReading.everybody)"
        case .group(let name): "group:\(name)"
        }
    }
}
