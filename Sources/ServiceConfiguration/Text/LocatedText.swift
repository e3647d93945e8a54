/// A text protobuf cut into its fields, each with the line on which it begins.
///
/// SwiftProtobuf reads such texts but does not say where it stopped. Here a text is only cut, not
/// understood: its rendering is what SwiftProtobuf gets, and what it refuses is found again.
struct LocatedText: Hashable, Sendable {
    /// A field and what stands in it.
    struct Field: Hashable, Sendable {
        let name: String
        /// Counted from 1.
        let line: Int
        /// As it stands in the text; nil for a message.
        let value: String?
        /// The fields of a message.
        let fields: [Field]
    }

    /// The text cannot be cut into fields.
    struct Malformed: Error, Hashable, Sendable {
        let line: Int
        let reason: String
    }

    let fields: [Field]

    /// - Parameter text: UTF-8; cost is linear in its length.
    init(_ text: [UInt8]) throws(Malformed) {
        var scanner = TextScanner(text)
        fields = try scanner.fields(until: nil, depth: 0)
    }

    /// The whole as one text, without comments.
    var rendered: String { rendered(leaves: .max) }

    /// The beginning of it that ends with the `count`-th leaf.
    func rendered(leaves count: Int) -> String {
        var rest = count
        return Self.render(fields, &rest)
    }

    /// Leaves in order: values, and messages that are empty.
    var leaves: [Field] { Self.leaves(of: fields) }

    /// The line of the field that `path` leads to, or of the last one on the way that is there.
    func line(of path: [FieldStep]) -> Int {
        var line = 1
        var fields = self.fields
        for step in path {
            let named = fields.filter { $0.name == step.name }
            guard step.index < named.count else { return line }
            line = named[step.index].line
            fields = named[step.index].fields
        }
        return line
    }

    private static func leaves(of fields: [Field]) -> [Field] {
        fields.flatMap { field in
            field.fields.isEmpty ? [field] : leaves(of: field.fields)
        }
    }

    private static func render(_ fields: [Field], _ rest: inout Int) -> String {
        var text = ""
        for field in fields where rest > 0 {
            if let value = field.value {
                text += "\(field.name): \(value)\n"
                rest -= 1
            } else if field.fields.isEmpty {
                text += "\(field.name) {}\n"
                rest -= 1
            } else {
                text += "\(field.name) {\n\(render(field.fields, &rest))}\n"
            }
        }
        return text
    }
}

/// A step from a message to one of its fields.
struct FieldStep: Hashable, Sendable, ExpressibleByStringLiteral {
    let name: String
    /// Which of the fields of that name, from 0.
    let index: Int

    init(_ name: String, _ index: Int = 0) {
        self.name = name
        self.index = index
    }

    init(stringLiteral name: String) { self.init(name) }
}
