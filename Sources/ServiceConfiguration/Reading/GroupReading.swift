import LogDogProtos

/// Groups and tokens of `access.cfg`: who callers are.
enum GroupReading {
    /// What is there without being configured: everybody.
    static let everybody = "all"

    static func read(
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ access: inout AccessSettings,
        _ findings: inout Findings
    ) {
        let known = names(in: file)
        var nested: [String: [String]] = [:]
        for (number, group) in file.content.groups.enumerated() {
            let place = FieldStep("groups", number)
            if group.name.isEmpty || group.name == everybody
                || access.groups[group.name] != nil
            {
                findings.add(
                    file.problem(
                        at: [place, "name"],
                        "a group has a name of its own, other than \(everybody)"))
                continue
            }
            var members: [IdentityPattern] = []
            for (number, text) in group.members.enumerated() {
                if let member = IdentityPattern(text) {
                    members.append(member)
                } else {
                    findings.add(
                        file.problem(
                            at: [place, FieldStep("members", number)], IdentityPattern.rule))
                }
            }
            for (number, name) in group.nested.enumerated() {
                _ = findings.group(
                    name, known, at: [place, FieldStep("nested", number)], in: file)
            }
            nested[group.name] = group.nested
            access.groups[group.name] = GroupSettings(members: members, nested: group.nested)
        }
        if let name = Circle.first(in: nested) {
            let number = file.content.groups.firstIndex { $0.name == name } ?? 0
            findings.add(
                file.problem(
                    at: [FieldStep("groups", number)], "the group \(name) contains itself"))
        }
        readTokens(file, &access, &findings)
    }

    /// All groups that may be named.
    static func names(in file: ConfigurationFile<Svcconfig_AccessConfig>) -> Set<String> {
        Set(file.content.groups.map(\.name)).union([everybody])
    }

    private static func readTokens(
        _ file: ConfigurationFile<Svcconfig_AccessConfig>, _ access: inout AccessSettings,
        _ findings: inout Findings
    ) {
        var hashes: Set<[UInt8]> = []
        for (number, token) in file.content.tokens.enumerated() {
            let place = FieldStep("tokens", number)
            guard case .exactly(let identity)? = IdentityPattern(token.identity) else {
                findings.add(
                    file.problem(
                        at: [place, "identity"],
                        "a token stands for one identity, such as service:collector"))
                continue
            }
            guard let hash = hash(token.sha256) else {
                findings.add(
                    file.problem(
                        at: [place, "sha256"],
                        "sha256 is the SHA-256 of the token: 64 hex digits"))
                continue
            }
            guard hashes.insert(hash).inserted else {
                findings.add(
                    file.problem(at: [place, "sha256"], "two tokens have the same hash"))
                continue
            }
            access.tokens.append(TokenSettings(identity: identity, hash: hash))
        }
    }

    private static func hash(_ hex: String) -> [UInt8]? {
        guard hex.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var rest = hex[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16), rest.first != "+" else {
                return nil
            }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}

extension IdentityPattern {
    static let rule =
        "an identity is KIND:NAME, such as user:alice; a star stands only at its end"
    /// How the caller without credentials is written.
    static let anonymousText = "anonymous:anonymous"

    /// `user:alice`, `user:*`, `anonymous:anonymous`.
    init?(_ text: String) {
        if text == Self.anonymousText {
            self = .anonymous
            return
        }
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex,
            text.utf8.count <= 512, text.unicodeScalars.allSatisfy({ $0.value > 0x20 }),
            text[..<colon].allSatisfy({ $0.isLowercase && $0.isASCII }),
            !["anonymous", "group"].contains(text[..<colon])
        else { return nil }
        let name = text[text.index(after: colon)...]
        guard let star = name.firstIndex(of: "*") else {
            guard !name.isEmpty else { return nil }
            self = .exactly(text)
            return
        }
        guard star == text.index(before: text.endIndex) else { return nil }
        self = .beginning(String(text[..<star]))
    }
}
