/// How a terminal would write text just now: what the SGR escapes of a log have asked for
/// (ECMA-48 §8.3.117).
struct TerminalStyle: Equatable {
    private enum Colour: Equatable {
        /// One of the eight, or of their bright forms: 0 to 15.
        case named(Int)
        case rgb(Int, Int, Int)

        /// Of the 256 of xterm.
        init(indexed index: Int) {
            switch index {
            case ..<16: self = .named(index)
            case 16..<232:
                let levels = [0, 95, 135, 175, 215, 255]
                let cube = index - 16
                self = .rgb(levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6])
            default:
                let grey = 8 + (min(index, 255) - 232) * 10
                self = .rgb(grey, grey, grey)
            }
        }

        var hex: String? {
            guard case .rgb(let red, let green, let blue) = self else { return nil }
            return "#"
                + [red, green, blue].map { part in
                    let digits = String(part, radix: 16)
                    return digits.count == 1 ? "0" + digits : digits
                }.joined()
        }
    }

    private var marks: Set<String> = []
    private var foreground: Colour?
    private var background: Colour?

    /// Takes the numbers of one escape; an absent one is 0.
    mutating func apply(_ numbers: [Int]) {
        var rest = numbers.isEmpty ? [0][...] : numbers[...]
        while let number = rest.popFirst() {
            switch number {
            case 0: self = TerminalStyle()
            case 1: marks.insert("bold")
            case 2: marks.insert("faint")
            case 3: marks.insert("italic")
            case 4: marks.insert("underlined")
            case 7: marks.insert("inverse")
            case 9: marks.insert("struck")
            case 22: marks.subtract(["bold", "faint"])
            case 23: marks.remove("italic")
            case 24: marks.remove("underlined")
            case 27: marks.remove("inverse")
            case 29: marks.remove("struck")
            case 30...37: foreground = .named(number - 30)
            case 38: foreground = Self.colour(&rest) ?? foreground
            case 39: foreground = nil
            case 40...47: background = .named(number - 40)
            case 48: background = Self.colour(&rest) ?? background
            case 49: background = nil
            case 90...97: foreground = .named(number - 90 + 8)
            case 100...107: background = .named(number - 100 + 8)
            default: break
            }
        }
    }

    /// `5;N` or `2;R;G;B`.
    private static func colour(_ rest: inout ArraySlice<Int>) -> Colour? {
        switch rest.popFirst() {
        case 5: return rest.popFirst().map { Colour(indexed: min(max($0, 0), 255)) }
        case 2:
            let parts = rest.prefix(3).map { min(max($0, 0), 255) }
            rest = rest.dropFirst(3)
            return parts.count == 3 ? .rgb(parts[0], parts[1], parts[2]) : nil
        default: return nil
        }
    }

    /// `markup` as it looks in this style.
    func applied(to markup: String) -> String {
        guard self != TerminalStyle(), !markup.isEmpty else { return markup }
        var classes = marks.sorted()
        var style = ""
        if case .named(let number) = foreground { classes.append("fore\(number)") }
        if case .named(let number) = background { classes.append("back\(number)") }
        if let hex = foreground?.hex { style += "color:\(hex);" }
        if let hex = background?.hex { style += "background:\(hex);" }
        let attributes =
            (classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\"")
            + (style.isEmpty ? "" : " style=\"\(style)\"")
        return "<span\(attributes)>\(markup)</span>"
    }
}
