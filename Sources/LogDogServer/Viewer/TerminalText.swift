/// Lines of a log as markup: what escapes ask of a terminal becomes spans, what cannot be shown on
/// a page (moves of the cursor, titles) is left out.
///
/// A style lasts until it is changed, also over lines. Cost: linear in the text.
struct TerminalText {
    private static let escape: UInt8 = 0x1b
    private var style = TerminalStyle()

    mutating func markup(_ line: some Collection<UInt8>) -> String {
        guard line.contains(Self.escape) else {
            return style.applied(to: LinkedText.markup(String(decoding: line, as: UTF8.self)))
        }
        var markup = ""
        var rest = Array(line)[...]
        while !rest.isEmpty {
            let plain = rest.prefix { $0 != Self.escape }
            markup += style.applied(
                to: LinkedText.markup(String(decoding: plain, as: UTF8.self)))
            rest = rest[plain.endIndex...]
            if !rest.isEmpty { take(&rest) }
        }
        return markup
    }

    /// Takes the escape that `rest` begins with.
    private mutating func take(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.dropFirst()
        guard let kind = rest.popFirst() else { return }
        switch kind {
        case UInt8(ascii: "["): takeControl(&rest)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            // Up to a bell or to `ESC \`.
            let text = rest.prefix { $0 != 0x07 && $0 != Self.escape }
            let hasEscape = rest[text.endIndex...].first == Self.escape
            rest = rest[text.endIndex...].dropFirst(hasEscape ? 2 : 1)
        case 0x20...0x2f: rest = rest.dropFirst()
        default: break
        }
    }

    /// Behind `ESC [`: numbers, perhaps more, and a letter; `m` is a style.
    private mutating func takeControl(_ rest: inout ArraySlice<UInt8>) {
        let parameters = rest.prefix { (0x30...0x3f).contains($0) }
        rest = rest[parameters.endIndex...]
        let between = rest.prefix { (0x20...0x2f).contains($0) }
        rest = rest[between.endIndex...]
        guard let letter = rest.first, (0x40...0x7e).contains(letter) else { return }
        rest = rest.dropFirst()
        guard letter == UInt8(ascii: "m"), between.isEmpty else { return }
        let numbers = parameters.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ":")
        }
        style.apply(numbers.map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 })
    }
}
