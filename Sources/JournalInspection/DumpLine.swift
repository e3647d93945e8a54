import Journal
import Platform

/// One line of a dump.
package struct DumpLine: Sendable {
    package var fields: [(name: String, value: DumpValue)]

    package init(_ fields: [(name: String, value: DumpValue)]) { self.fields = fields }

    /// A record, where it is and what it says.
    package init(_ record: Record, in block: DecodedBlock) {
        let description = RecordDescription(of: record)
        fields = [
            ("record", .number(record.number.rawValue)), ("kind", .text(description.kind)),
            ("time", .text(block.time.description)),
            ("segment", .number(block.location.segment.rawValue)),
            ("offset", .number(UInt64(block.location.offset))),
        ]
        fields += description.fields
    }

    /// For people: number, time and kind in columns, then the rest as `name=value`.
    package var text: String {
        var head: [String] = []
        var rest: [String] = []
        for (name, value) in fields {
            switch name {
            case "record": head.append(Self.padded(Self.plain(value), 10))
            case "kind": head.append(Self.plain(value))
            case "time": head.append(Self.plain(value))
            case "segment", "offset": break
            default: rest.append("\(name)=\(Self.plain(value))")
            }
        }
        return (head + rest).joined(separator: "  ")
    }

    /// For programs: one JSON object, members in a fixed order.
    package var json: String {
        let members = fields.map { "\(Self.quoted($0.name)):\(Self.json($0.value))" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func plain(_ value: DumpValue) -> String {
        switch value {
        case .text(let text): text.contains(" ") ? quoted(text) : text
        case .number(let number): String(number)
        case .texts(let texts): "[\(texts.map(quoted).joined(separator: ","))]"
        }
    }

    private static func json(_ value: DumpValue) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .number(let number): String(number)
        case .texts(let texts): "[\(texts.map(quoted).joined(separator: ","))]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case let scalar where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
