import LogDogProtos

/// OpenID issuers of `access.cfg`: whose signed tokens are taken.
enum IssuerReading {
    /// Signatures made with a private key alone: a shared secret in a configuration could sign.
    static let algorithms: Set<String> = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]
    private static let usualAlgorithms: Set<String> = ["RS256", "ES256"]

    static func read(
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, keySets: [String: [UInt8]],
        _ access: inout AccessSettings, _ findings: inout Findings
    ) {
        for (number, issuer) in file.content.issuers.enumerated() {
            let place = FieldStep("issuers", number)
            guard let keys = keys(of: issuer, place, file, keySets, &findings) else { continue }
            check(issuer, place, file, &findings)
            var prefix = issuer.identityPrefix
            if prefix.isEmpty { prefix = "user:" }
            guard IdentityPattern("\(prefix)x") != nil else {
                findings.add(
                    file.problem(at: [place, "identity_prefix"], IdentityPattern.rule))
                continue
            }
            for other in access.issuers
            where other.issuer == issuer.issuer
                || other.identityPrefix.hasPrefix(prefix)
                || prefix.hasPrefix(other.identityPrefix)
            {
                findings.add(
                    file.problem(
                        at: [place],
                        "this issuer could speak for callers of \(other.issuer): each needs an "
                            + "identity_prefix of its own"))
            }
            access.issuers.append(
                IssuerSettings(
                    issuer: issuer.issuer, audiences: Set(issuer.audiences),
                    algorithms: issuer.algorithms.isEmpty
                        ? usualAlgorithms : Set(issuer.algorithms),
                    keys: keys,
                    refresh: refresh(issuer, place, file, &findings),
                    identityClaim: issuer.identityClaim.isEmpty ? "sub" : issuer.identityClaim,
                    identityPrefix: prefix,
                    leeway: leeway(issuer, place, file, &findings),
                    line: file.problem(at: [place], "").line ?? 1))
        }
    }

    private static func check(
        _ issuer: Svcconfig_TokenIssuer, _ place: FieldStep,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings
    ) {
        if issuer.issuer.isEmpty {
            findings.add(file.problem(at: [place], "an issuer needs a name: its claim iss"))
        }
        // Without one, a token made for another service would be good here.
        if issuer.audiences.isEmpty || issuer.audiences.contains("") {
            findings.add(
                file.problem(at: [place, "audiences"], "an issuer needs at least one audience"))
        }
        for (number, name) in issuer.algorithms.enumerated() where !algorithms.contains(name) {
            findings.add(
                file.problem(
                    at: [place, FieldStep("algorithms", number)],
                    "\(name) is not one of \(algorithms.sorted().joined(separator: ", "))"))
        }
    }

    private static func keys(
        of issuer: Svcconfig_TokenIssuer, _ place: FieldStep,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ keySets: [String: [UInt8]],
        _ findings: inout Findings
    ) -> IssuerSettings.Keys? {
        switch issuer.keys {
        case .jwksFile(let name):
            guard let bytes = keySets[name] else {
                findings.add(
                    file.problem(
                        at: [place, "jwks_file"],
                        "there is no \(name) beside access.cfg; key sets are named NAME.json"))
                return nil
            }
            return .file(name: name, bytes)
        case .jwksURL(let url):
            guard isSafe(url) else {
                findings.add(
                    file.problem(
                        at: [place, "jwks_url"],
                        "keys are fetched over https, or over http from this machine itself"))
                return nil
            }
            return .url(url)
        case nil:
            findings.add(file.problem(at: [place], "an issuer needs jwks_file or jwks_url"))
            return nil
        }
    }

    private static func isSafe(_ url: String) -> Bool {
        ["https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"].contains {
            url.hasPrefix($0) && url.utf8.count > $0.utf8.count
        }
    }

    private static func refresh(
        _ issuer: Svcconfig_TokenIssuer, _ place: FieldStep,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings
    ) -> Duration {
        let path = [place, FieldStep("jwks_refresh")]
        guard issuer.hasJwksRefresh else { return .seconds(600) }
        let refresh = findings.duration(issuer.jwksRefresh, at: path, in: file) ?? .seconds(600)
        if !(.seconds(10)...(.seconds(86_400))).contains(refresh) {
            findings.add(file.problem(at: path, "keys are fetched every 10 s to 24 h"))
        }
        return refresh
    }

    private static func leeway(
        _ issuer: Svcconfig_TokenIssuer, _ place: FieldStep,
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ findings: inout Findings
    ) -> Duration {
        let path = [place, FieldStep("leeway")]
        guard issuer.hasLeeway else { return .seconds(60) }
        let leeway = findings.duration(issuer.leeway, at: path, in: file) ?? .seconds(60)
        if leeway > .seconds(300) {
            findings.add(file.problem(at: path, "clocks may differ by 5 minutes at most"))
        }
        return leeway
    }
}
