/// A whole request.
package struct HTTPRequest: Sendable {
    package let method: String
    /// As it stands in the request line.
    package let target: String
    package let headers: HTTPFields
    package let body: [UInt8]

    package init(method: String, target: String, headers: HTTPFields, body: [UInt8]) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The target up to the question mark, as it came.
    package var rawPath: Substring {
        target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    }

    /// The path with its escapes resolved; nil if one is ill-formed.
    package var path: String? { PercentCoding.decode(rawPath, plusIsSpace: false) }

    /// The query parameters in the order in which they came; a value is empty where there is none.
    /// Those that do not decode are left out.
    package var queryParameters: [(name: String, value: String)] {
        target.drop { $0 != "?" }.dropFirst().split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = PercentCoding.decode(
                    parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            return (name, value)
        }
    }

    /// The value of the first query parameter of that name; empty for one without a value.
    package func query(_ name: String) -> String? {
        queryParameters.first { $0.name == name }?.value
    }
}

/// Header fields in the order in which they came; names compare without case.
package struct HTTPFields: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var all: [(name: String, value: String)]

    package init(_ all: [(name: String, value: String)] = []) { self.all = all }

    package init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The first value; nil if there is none.
    package subscript(_ name: String) -> String? {
        all.first { Self.isSame($0.name, name) }?.value
    }

    package func values(_ name: String) -> [String] {
        all.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    package mutating func add(_ name: String, _ value: String) {
        all.append((name: name, value: value))
    }

    /// Names are ASCII (RFC 9110 §5.1); most differ in length already.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count
            && zip(one.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

/// Percent escapes of targets (RFC 3986 §2.1).
package enum PercentCoding {
    /// All but letters, digits, `-._~` and the characters of `kept` escaped.
    package static func encode(_ text: String, keeping kept: String = "") -> String {
        let plain = Set(("-._~" + kept).utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isLetter || isDigit || plain.contains(byte) {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let high = digit(rest.popFirst()),
                    let low = digit(rest.popFirst())
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        byte.flatMap { Character(UnicodeScalar($0)).hexDigitValue }.map { UInt8($0) }
    }
}
