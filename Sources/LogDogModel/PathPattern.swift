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

        var literal: UInt8? {
            if case .byte(let byte) = self { byte } else { nil }
        }
    }

    /// Equal to the prefix of whatever matches.
    package let prefix: String
    /// What the name is matched with; `**` if the expression has no name.
    package let glob: String
    /// What every name that matches begins with; empty if that may be anything.
    package let beginning: String
    /// What every name that matches ends with.
    package let ending: String
    private let tokens: [Token]

    /// Checks the whole expression; a name of `*` and `**` is compiled here, once.
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
        beginning = Self.text(of: tokens.prefix { $0.literal != nil })
        let last = tokens.reversed().prefix { $0.literal != nil }.reversed()
        let slash = tokens.dropLast(last.count).last == .anythingThenSlash ? "/" : ""
        ending = slash + Self.text(of: last)
    }

    private static func text(of tokens: some Sequence<Token>) -> String {
        String(decoding: tokens.compactMap(\.literal), as: UTF8.self)
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
        // Most names fall here, at a fraction of the cost.
        guard name.utf8.starts(with: beginning.utf8), name.hasSuffix(ending) else { return false }
        var reached = PlaceSet(count: 2 * tokens.count + 1)
        var next = reached
        enter(0, into: &reached)
        for byte in name.utf8 {
            next.removeAll()
            for place in reached.members { step(place, byte, into: &next) }
            if next.members.isEmpty { return false }
            swap(&reached, &next)
        }
        return reached.contains(2 * tokens.count)
    }

    /// Places a walk before `token`, and behind it too where it may stand for nothing.
    ///
    /// A place is twice a token's position, plus one once a `*` there has taken a byte.
    private func enter(_ token: Int, into places: inout PlaceSet) {
        var token = token
        while places.insert(2 * token), token < tokens.count, tokens[token] == .anything {
            token += 1
        }
    }

    private func step(_ place: Int, _ byte: UInt8, into next: inout PlaceSet) {
        let token = place / 2
        guard token < tokens.count else { return }
        switch tokens[token] {
        case .byte(let wanted): if byte == wanted { enter(token + 1, into: &next) }
        case .anything: enter(token, into: &next)
        case .anythingThenSlash:
            enter(token, into: &next)
            if byte == UInt8(ascii: "/") { enter(token + 1, into: &next) }
        case .segmentPart:
            guard byte != UInt8(ascii: "/") else { return }
            _ = next.insert(2 * token + 1)
            enter(token + 1, into: &next)
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

/// A set of small numbers that is emptied in constant time.
private struct PlaceSet {
    private(set) var members: [Int] = []
    /// Of a member, the round in which it was inserted.
    private var rounds: [UInt32]
    private var round: UInt32 = 1

    init(count: Int) { rounds = Array(repeating: 0, count: count) }

    func contains(_ place: Int) -> Bool { rounds[place] == round }

    /// Whether it was not there yet.
    mutating func insert(_ place: Int) -> Bool {
        guard rounds[place] != round else { return false }
        rounds[place] = round
        members.append(place)
        return true
    }

    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        round += 1
    }
}
