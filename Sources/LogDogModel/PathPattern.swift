/// What is wrong with a path expression of a query.
package enum PatternError: Error, Hashable, Sendable {
    /// The prefix must be there, and without wildcards.
    case prefix(NameError)
    /// The name must be a valid one once its wildcards are replaced.
    case name(NameError)
}

/// The path expression of a current `Query`: a literal prefix and a glob over the name
/// (`spec/rpc.md §5.2`).
///
/// Its quirks are the original's (deviation D8): a slash beside `**` is swallowed, so `foo/**`
/// also matches `foobar`.
package struct PathPattern: Hashable, Sendable {
    private enum Token: Hashable, Sendable {
        case byte(UInt8)
        /// `*`: one or more bytes other than a slash.
        case segmentPart
        /// `**` and its forms: any bytes, also none.
        case anything
        /// `/**/`: any bytes, then a slash.
        case anythingThenSlash
    }

    package let prefix: String
    package let glob: String
    private let tokens: [Token]

    package init(_ expression: String) throws(PatternError) {
        let parts = StreamPath.split(expression)
        do throws(NameError) {
            try Names.check(streamName: parts.prefix)
        } catch {
            throw .prefix(error)
        }
        let glob = parts.name.isEmpty ? "**" : parts.name
        do throws(NameError) {
            try Names.check(streamName: glob.replacing("*", with: "a"))
        } catch {
            throw .name(error)
        }
        prefix = parts.prefix
        self.glob = glob
        tokens = Self.tokens(Array(glob.utf8))
    }

    /// The name, if the expression has no wildcards.
    package var literalName: String? { glob.contains("*") ? nil : glob }

    /// The same as a regular expression, for those who read patterns that way.
    package var regularExpression: String {
        let body = tokens.map { token -> String in
            switch token {
            case .byte(let byte):
                let text = String(decoding: [byte], as: UTF8.self)
                return text == "." ? "\\." : text
            case .segmentPart: return "([^/][^/]*)"
            case .anything: return "(.*)"
            case .anythingThenSlash: return "(.*)/"
            }
        }
        return "^\(body.joined())$"
    }

    /// Whether the whole of `name` matches. Costs at most pattern length times name length.
    package func matches(name: String) -> Bool {
        if let literalName { return literalName == name }
        // Positions in the pattern that the name so far can have reached.
        var reached = Set<Int>()
        enter(0, into: &reached)
        for byte in name.utf8 {
            var next = Set<Int>()
            for state in reached { step(state, byte, into: &next) }
            if next.isEmpty { return false }
            reached = next
        }
        return reached.contains(2 * tokens.count)
    }

    /// A state is twice a token's place, plus one once a `*` there has taken a byte.
    private func enter(_ token: Int, into states: inout Set<Int>) {
        guard states.insert(2 * token).inserted, token < tokens.count else { return }
        if tokens[token] == .anything { enter(token + 1, into: &states) }
    }

    private func step(_ state: Int, _ byte: UInt8, into next: inout Set<Int>) {
        let place = state / 2
        guard place < tokens.count else { return }
        switch tokens[place] {
        case .byte(let wanted): if byte == wanted { enter(place + 1, into: &next) }
        case .anything: enter(place, into: &next)
        case .anythingThenSlash:
            enter(place, into: &next)
            if byte == UInt8(ascii: "/") { enter(place + 1, into: &next) }
        case .segmentPart:
            guard byte != UInt8(ascii: "/") else { return }
            next.insert(2 * place + 1)
            enter(place + 1, into: &next)
        }
    }

    /// Left to right, the longest form first.
    private static func tokens(_ glob: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var rest = glob[...]
        func takes(_ form: String, _ token: Token) -> Bool {
            guard rest.starts(with: form.utf8) else { return false }
            rest = rest.dropFirst(form.utf8.count)
            tokens.append(token)
            return true
        }
        while let byte = rest.first {
            if takes("/**/", .anythingThenSlash) || takes("/**", .anything)
                || takes("**/", .anything) || takes("**", .anything) || takes("*", .segmentPart)
            {
                continue
            }
            tokens.append(.byte(byte))
            rest = rest.dropFirst()
        }
        return tokens
    }
}
