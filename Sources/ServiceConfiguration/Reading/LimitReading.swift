import LogDogProtos

/// Limits of `access.cfg`: how much may be done in a time.
enum LimitReading {
    static func settings(
        of file: ConfigurationFile<Svcconfig_AccessConfig>, projects: Set<String>,
        _ findings: inout Findings
    ) -> LimitSettings {
        let limits = file.content.limits
        var settings = LimitSettings()
        settings.eachIdentity = rates(
            limits.eachIdentity, ["limits", "each_identity"], file, &findings)
        settings.eachProject = rates(
            limits.eachProject, ["limits", "each_project"], file, &findings)
        settings.eachStream = rates(
            limits.eachStream, ["limits", "each_stream"], file, &findings)
        if settings.eachStream.openTails != nil {
            findings.add(
                file.problem(
                    at: ["limits", "each_stream", "open_tails"],
                    "open tails are counted by identity and project"))
        }
        settings.identities = named(limits.identities, "identities", file, &findings) { name in
            if case .exactly? = IdentityPattern(name) { return nil }
            return name == IdentityPattern.anonymousText ? nil : IdentityPattern.rule
        }
        settings.projects = named(limits.projects, "projects", file, &findings) { name in
            projects.contains(name) ? nil : "there is no projects/\(name).cfg"
        }
        return settings
    }

    private static func named(
        _ all: [Svcconfig_NamedRates], _ field: String,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings,
        objection: (String) -> String?
    ) -> [String: RateSettings] {
        var result: [String: RateSettings] = [:]
        for (number, entry) in all.enumerated() {
            let path: [FieldStep] = ["limits", FieldStep(field, number)]
            if let objection = objection(entry.name) {
                findings.add(file.problem(at: path + ["name"], objection))
            } else if result[entry.name] != nil {
                findings.add(file.problem(at: path + ["name"], "it has limits already"))
            }
            result[entry.name] = rates(entry.rates, path + ["rates"], file, &findings)
        }
        return result
    }

    private static func rates(
        _ rates: Svcconfig_Rates, _ path: [FieldStep],
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings
    ) -> RateSettings {
        var settings = RateSettings()
        let given: [(LimitedResource, Svcconfig_Rate?)] = [
            (.requests, rates.hasRequests ? rates.requests : nil),
            (.entries, rates.hasEntries ? rates.entries : nil),
            (.bytes, rates.hasBytes ? rates.bytes : nil),
            (.queryMilliseconds, rates.hasQueryMilliseconds ? rates.queryMilliseconds : nil),
        ]
        for (resource, rate) in given {
            guard let rate else { continue }
            let burst = rate.burst == 0 ? rate.perSecond : rate.burst
            guard (1...1_000_000_000_000).contains(rate.perSecond),
                (1...1_000_000_000_000).contains(burst)
            else {
                findings.add(
                    file.problem(
                        at: path + [FieldStep(resource.rawValue)],
                        "per_second is from 1 to 1000000000000, and so is burst if it is given"))
                continue
            }
            settings.rates[resource] = Rate(perSecond: rate.perSecond, burst: burst)
        }
        if rates.openTails < 0 {
            findings.add(
                file.problem(at: path + ["open_tails"], "open_tails is not negative"))
        } else if rates.openTails > 0 {
            settings.openTails = Int(rates.openTails)
        }
        return settings
    }
}
