import SwiftProtobuf

/// A file of the configuration: its message, and where in the text its fields stand.
struct ConfigurationFile<Content: Message>: Sendable {
    /// Relative to the configuration directory.
    let name: String
    let content: Content
    private let text: LocatedText

    init(_ name: String, _ bytes: [UInt8]) throws(ConfigurationProblem) {
        self.name = name
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ConfigurationProblem(file: name, line: nil, reason: "this is not UTF-8")
        }
        do throws(LocatedText.Malformed) {
            text = try LocatedText(bytes)
        } catch {
            throw ConfigurationProblem(file: name, line: error.line, reason: error.reason)
        }
        do {
            content = try Content(textFormatString: text.rendered)
        } catch {
            throw Self.problem(name, text)
        }
    }

    /// Blames the field that `path` leads to.
    func problem(at path: [FieldStep], _ reason: String) -> ConfigurationProblem {
        ConfigurationProblem(file: name, line: text.line(of: path), reason: reason)
    }

    /// The shortest beginning that is refused ends with the field that is to blame.
    private static func problem(_ name: String, _ text: LocatedText) -> ConfigurationProblem {
        let leaves = text.leaves
        var taken = 0
        var refused = leaves.count
        var reason = "this is not a text of \(Content.protoMessageName)"
        while taken + 1 < refused {
            let middle = (taken + refused) / 2
            if failure(text.rendered(leaves: middle)) == nil {
                taken = middle
            } else {
                refused = middle
            }
        }
        guard refused > 0 else { return ConfigurationProblem(file: name, line: 1, reason: reason) }
        let field = leaves[refused - 1]
        if let failure = failure(text.rendered(leaves: refused)) {
            reason = "\(failure): \(text.path(toLeaf: refused - 1))"
        }
        return ConfigurationProblem(file: name, line: field.line, reason: reason)
    }

    private static func failure(_ text: String) -> String? {
        do {
            _ = try Content(textFormatString: text)
            return nil
        } catch let error as TextFormatDecodingError {
            return switch error {
            case .unknownField: "there is no such field"
            case .malformedNumber: "this is no number of the field's type"
            case .schemaMismatch, .malformedText: "this value does not fit the field"
            case .conflictingOneOf: "another of these alternatives is set already"
            case .invalidUTF8: "the string is not UTF-8"
            default: "\(error)"
            }
        } catch {
            return "\(error)"
        }
    }
}

extension LocatedText {
    /// The names that lead to a leaf, such as `coordinator.prefix_expiration.seconds`.
    fileprivate func path(toLeaf number: Int) -> String {
        var rest = number
        func find(_ fields: [Field]) -> [String]? {
            for field in fields {
                if field.fields.isEmpty {
                    if rest == 0 { return [field.name] }
                    rest -= 1
                } else if let inner = find(field.fields) {
                    return [field.name] + inner
                }
            }
            return nil
        }
        return (find(fields) ?? []).joined(separator: ".")
    }
}
