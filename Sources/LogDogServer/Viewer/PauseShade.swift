/// The colour of the time beside a line, by how long nothing came before it.
///
/// Above one second it blends from white to sand over ten seconds, above ten from sand to red over
/// six more; from half-way to red on the text is white.
struct PauseShade {
    private typealias Colour = (red: Double, green: Double, blue: Double)

    private static let white: Colour = (0xff, 0xff, 0xff)
    private static let sand: Colour = (0xe8, 0xdc, 0x76)
    private static let red: Colour = (0xdb, 0x25, 0x25)

    /// For an element's `style` attribute; empty for no colour.
    let style: String

    init(milliseconds: Int64) {
        let seconds = Double(milliseconds) / 1000
        guard seconds > 1 else {
            style = ""
            return
        }
        guard seconds > 10 else {
            style = Self.background(Self.blend(Self.white, Self.sand, seconds / 10))
            return
        }
        let part = min(1, (seconds - 10) / 6)
        let background = Self.background(Self.blend(Self.sand, Self.red, part))
        style = part > 0.5 ? "color:#FFFFFF;" + background : background
    }

    private static func blend(_ from: Colour, _ to: Colour, _ part: Double) -> Colour {
        (
            from.red + (to.red - from.red) * part, from.green + (to.green - from.green) * part,
            from.blue + (to.blue - from.blue) * part
        )
    }

    private static func background(_ colour: Colour) -> String {
        let digits = [colour.red, colour.green, colour.blue].map { part in
            let hex = String(Int(part), radix: 16, uppercase: true)
            return hex.count == 1 ? "0" + hex : hex
        }
        return "background-color:#\(digits.joined());"
    }
}
