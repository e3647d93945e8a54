/// Values as JSON: members in the order given, nothing a terminal could take for a command.
enum JSONText {
    static func append(_ value: OutputValue, to output: inout [UInt8]) {
        switch value {
        case .text(let text): append(quoting: text, to: &output)
        case .number(let number): output += String(number).utf8
        case .flag(let flag): output += (flag ? "true" : "false").utf8
        case .bytes(let bytes):
            output.append(UInt8(ascii: "\""))
            Base64.append(bytes, to: &output)
            output.append(UInt8(ascii: "\""))
        case .none: output += "null".utf8
        case .list(let values):
            appendMembers(values, "[", "]", to: &output) { append($0, to: &$1) }
        case .object(let fields):
            appendMembers(fields, "{", "}", to: &output) { field, output in
                append(quoting: field.name, to: &output)
                output.append(UInt8(ascii: ":"))
                append(field.value, to: &output)
            }
        }
    }

    private static func appendMembers<Member>(
        _ members: [Member], _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        to output: inout [UInt8], _ append: (Member, inout [UInt8]) -> Void
    ) {
        output.append(UInt8(ascii: open))
        var isFirst = true
        for member in members {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            append(member, &output)
        }
        output.append(UInt8(ascii: close))
    }

    /// A JSON string. Control characters are escaped, those of the second block as well.
    static func append(quoting text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5c:
                output.append(UInt8(ascii: "\\"))
                output.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x20..<0x7f: output.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x0a: output += "\\n".utf8
            case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                output += "\\u".utf8
                output += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                output += digits.utf8
            default: output += String(scalar).utf8
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

/// Bytes as text (RFC 4648, with padding).
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        let digits = digits
        let whole = bytes.count / 3 * 3
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        output += [UInt8](unsafeUninitializedCapacity: whole / 3 * 4) { target, count in
            count = whole / 3 * 4
            for (group, start) in stride(from: 0, to: whole, by: 3).enumerated() {
                let bits =
                    UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8
                    | UInt32(bytes[start + 2])
                for place in 0..<4 {
                    target[4 * group + place] = digits[Int(bits >> UInt32(18 - 6 * place) & 63)]
                }
            }
        }
        appendRest(bytes[whole...], to: &output)
    }

    /// One or two bytes are filled up; none is nothing.
    private static func appendRest(_ rest: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard !rest.isEmpty else { return }
        var bits: UInt32 = 0
        for byte in rest { bits = bits << 8 | UInt32(byte) }
        bits <<= UInt32(8 * (3 - rest.count))
        for place in 0...rest.count {
            output.append(digits[Int(bits >> UInt32(18 - 6 * place) & 63)])
        }
        output += repeatElement(UInt8(ascii: "="), count: 3 - rest.count)
    }
}
