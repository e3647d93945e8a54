/// Lines for people: what a reader looks for first in columns, the rest as `name=value`.
enum PlainText {
    /// Not shown to people: where a record lies, and what its kind is by number.
    private static let hidden: Set = ["segment", "offset", "code", "version"]
    private static let recordWidth = 10

    static func append(_ line: OutputLine, to output: inout [UInt8]) {
        guard line.kind == "record" else {
            output += line.kind.utf8
            append(line.fields, to: &output)
            return
        }
        var rest: [OutputField] = []
        for field in line.fields where !hidden.contains(field.name) {
            switch (field.name, field.value) {
            case ("record", .number(let number)):
                let digits = String(number)
                let padding = max(0, recordWidth - digits.utf8.count)
                output += repeatElement(UInt8(ascii: " "), count: padding)
                output += digits.utf8
            case ("kind", .text(let text)), ("time", .text(let text)):
                output += "  \(text)".utf8
            case ("event", .object(let fields)): rest += fields
            default: rest.append(field)
            }
        }
        append(rest, to: &output)
    }

    private static func append(_ fields: [OutputField], to output: inout [UInt8]) {
        for field in fields {
            output += "  \(field.name)=".utf8
            append(field.value, to: &output)
        }
    }

    private static func append(_ value: OutputValue, to output: inout [UInt8]) {
        guard case .text(let text) = value, isPlain(text) else {
            JSONText.append(value, to: &output)
            return
        }
        output += text.utf8
    }

    /// Whether nothing in it needs quotation marks.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                (0x21..<0x7f).contains(scalar.value) && scalar != "\"" && scalar != "\\"
            }
    }
}
