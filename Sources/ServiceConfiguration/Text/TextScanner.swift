/// Cuts a text protobuf into fields: names, values as they stand, braces, comments, lists, and the
/// original's multi-line strings (`spec/http.md §5.2`).
struct TextScanner {
    typealias Field = LocatedText.Field
    typealias Malformed = LocatedText.Malformed

    /// Messages within messages that are followed.
    private static let depthLimit = 32

    private let bytes: [UInt8]
    private var place = 0
    private var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Fields up to the brace that closes them; nil: up to the end of the text.
    mutating func fields(until close: UInt8?, depth: Int) throws(Malformed) -> [Field] {
        guard depth <= Self.depthLimit else {
            throw refusal("more than \(Self.depthLimit) messages stand within each other")
        }
        let opened = line
        var fields: [Field] = []
        while true {
            skip { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
            guard let byte = peek else {
                guard close == nil else {
                    throw Malformed(line: opened, reason: "the message is never closed")
                }
                return fields
            }
            if byte == close {
                advance()
                return fields
            }
            fields += try field(depth: depth)
        }
    }

    /// A field; several for a list.
    private mutating func field(depth: Int) throws(Malformed) -> [Field] {
        let line = self.line
        let name = word()
        guard !name.isEmpty else { throw refusal("a field name is wanted here") }
        skip { _ in false }
        let hasColon = peek == UInt8(ascii: ":")
        if hasColon { advance() }
        skip { _ in false }
        if hasColon, peek == UInt8(ascii: "[") {
            return try list(of: name, depth: depth)
        }
        return [try field(name, line, hasColon: hasColon, depth: depth)]
    }

    private mutating func list(of name: String, depth: Int) throws(Malformed) -> [Field] {
        let opened = line
        var fields: [Field] = []
        advance()
        while true {
            skip { $0 == UInt8(ascii: ",") }
            guard let byte = peek else {
                throw Malformed(line: opened, reason: "the list of \(name) is never closed")
            }
            if byte == UInt8(ascii: "]") {
                advance()
                return fields
            }
            fields.append(try field(name, line, hasColon: true, depth: depth))
        }
    }

    /// What follows a name: a message or a value.
    private mutating func field(
        _ name: String, _ line: Int, hasColon: Bool, depth: Int
    ) throws(Malformed) -> Field {
        switch peek {
        case UInt8(ascii: "{"):
            advance()
            let inner = try fields(until: UInt8(ascii: "}"), depth: depth + 1)
            return Field(name: name, line: line, value: nil, fields: inner)
        case UInt8(ascii: "<") where next == UInt8(ascii: "<"):
            return Field(name: name, line: line, value: try multiline(), fields: [])
        case UInt8(ascii: "<"):
            advance()
            let inner = try fields(until: UInt8(ascii: ">"), depth: depth + 1)
            return Field(name: name, line: line, value: nil, fields: inner)
        default:
            guard hasColon else { throw refusal("a colon or a brace is wanted after \(name)") }
            return Field(name: name, line: line, value: try value(of: name), fields: [])
        }
    }

    /// A number or a name, or strings that follow each other.
    private mutating func value(of name: String) throws(Malformed) -> String {
        var strings: [String] = []
        while let byte = peek, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            strings.append(try string(closedBy: byte))
            skip { _ in false }
        }
        if !strings.isEmpty { return strings.joined(separator: " ") }
        let isNegative = peek == UInt8(ascii: "-")
        if isNegative { advance() }
        let word = word()
        guard !word.isEmpty else { throw refusal("a value is wanted after \(name)") }
        return isNegative ? "-\(word)" : word
    }

    private mutating func string(closedBy quote: UInt8) throws(Malformed) -> String {
        let start = place
        advance()
        while let byte = peek, byte != UInt8(ascii: "\n") {
            advance()
            if byte == quote { return String(decoding: bytes[start..<place], as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), peek != nil, peek != UInt8(ascii: "\n") { advance() }
        }
        throw refusal("the string is not closed on its line")
    }

    /// `<<WORD`, lines, `WORD`: the lines without the indentation that all of them have.
    private mutating func multiline() throws(Malformed) -> String {
        let opened = line
        advance()
        advance()
        let end = word()
        guard !end.isEmpty, restOfLine().allSatisfy({ $0 == " " }) else {
            throw Malformed(line: opened, reason: "a word alone is wanted after <<")
        }
        var lines: [String] = []
        while peek != nil {
            let line = restOfLine()
            guard line.trimmed != end else {
                let shared =
                    lines.filter { !$0.trimmed.isEmpty }
                    .map { $0.prefix { $0 == " " || $0 == "\t" }.count }.min() ?? 0
                return Self.quoted(lines.map { $0.dropFirst(shared) }.joined(separator: "\n"))
            }
            lines.append(line)
        }
        throw Malformed(line: opened, reason: "the text is never closed by \(end)")
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
        return "\"\(escaped)\""
    }

    /// Letters, digits and what stands in numbers and in names of types.
    private mutating func word() -> String {
        let start = place
        while let byte = peek, Self.isWord(byte) { advance() }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "+"):
            true
        default: false
        }
    }

    private mutating func restOfLine() -> String {
        let start = place
        while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
        defer { advance() }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// Passes over space, comments, and what else is `skippable`.
    private mutating func skip(_ skippable: (UInt8) -> Bool) {
        while let byte = peek {
            if byte == UInt8(ascii: "#") {
                while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
            } else if [0x20, 0x09, 0x0a, 0x0d].contains(byte) || skippable(byte) {
                advance()
            } else {
                return
            }
        }
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }
    private var next: UInt8? { place + 1 < bytes.count ? bytes[place + 1] : nil }

    private mutating func advance() {
        guard place < bytes.count else { return }
        if bytes[place] == UInt8(ascii: "\n") { line += 1 }
        place += 1
    }

    private func refusal(_ reason: String) -> Malformed {
        Malformed(line: line, reason: reason)
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return start[
            ..<(start.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }
                .map { start.index(after: $0) } ?? start.startIndex)]
    }
}
