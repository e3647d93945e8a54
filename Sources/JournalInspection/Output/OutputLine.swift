import Platform

/// What a field of a line holds.
package enum OutputValue: Hashable, Sendable {
    case text(String)
    case number(UInt64)
    case flag(Bool)
    /// Base64 in both forms.
    case bytes([UInt8])
    /// `null` in JSON.
    case none
    indirect case list([OutputValue])
    indirect case object([OutputField])
}

/// A named value; names are stable, see the article `OutputLines`.
package struct OutputField: Hashable, Sendable {
    package let name: String
    package let value: OutputValue

    package init(_ name: String, _ value: OutputValue) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ text: String) { self.init(name, .text(text)) }
    package init(_ name: String, _ number: UInt64) { self.init(name, .number(number)) }
    package init(_ name: String, _ count: Int) { self.init(name, .number(UInt64(max(0, count)))) }
    package init(_ name: String, _ flag: Bool) { self.init(name, .flag(flag)) }
    package init(_ name: String, _ time: Timestamp) { self.init(name, .text(time.description)) }
    package init(_ name: String, hex bytes: [UInt8]) {
        let digits = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        self.init(name, digits.joined())
    }
    package init(_ name: String, texts: [String]) {
        self.init(name, .list(texts.map(OutputValue.text)))
    }
}

/// For whom lines are written.
package enum OutputFormat: Hashable, Sendable {
    /// Columns and `name=value`, for people.
    case text
    /// One JSON object a line, for programs.
    case json
}

/// One line that an inspection prints: what it is about, and fields in a fixed order.
package struct OutputLine: Hashable, Sendable {
    /// What the line says: `record`, `lost`, `end`, `verdict`, …
    package let kind: String
    package let fields: [OutputField]

    package init(_ kind: String, _ fields: [OutputField]) {
        self.kind = kind
        self.fields = fields
    }

    /// Appends the line and its line feed.
    package func append(to output: inout [UInt8], as format: OutputFormat) {
        switch format {
        case .json: JSONText.append(.object([OutputField("line", kind)] + fields), to: &output)
        case .text: PlainText.append(self, to: &output)
        }
        output.append(0x0a)
    }

    /// The line without its line feed.
    package func text(as format: OutputFormat) -> String {
        var bytes: [UInt8] = []
        append(to: &bytes, as: format)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
