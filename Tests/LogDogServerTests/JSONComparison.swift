import Foundation

/// Compares proto JSON as `corpus/rpc/README.md` says: default values do not count, numbers equal
/// their decimal strings, and spellings of one time or duration are equal.
enum JSONComparison {
    /// The form in which two equal values are the same text.
    static func canonical(_ value: Any) -> Any? {
        switch value {
        case is NSNull: return nil
        case let number as NSNumber:
            if CFGetTypeIDIsBoolean(number) { return number.boolValue ? "true" : nil }
            return number == 0 ? nil : "\(number)"
        case let text as String: return canonical(text: text)
        case let list as [Any]:
            let items = list.map { canonical($0) ?? [String: Any]() }
            return items.isEmpty ? nil : items
        case let object as [String: Any]:
            let members = object.compactMapValues(canonical)
            return members.isEmpty ? nil : members
        default: return value
        }
    }

    private static func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
    }

    private static func canonical(text: String) -> String? {
        if ["", "0", "0s", "false", "TEXT"].contains(text) { return nil }
        if let duration = text.wholeMatch(of: /(-?[0-9]+)\.([0-9]+)s/) {
            let fraction = String(duration.2).trimmingSuffix("0")
            if fraction.isEmpty { return canonical(text: "\(duration.1)s") }
            return "\(duration.1).\(fraction)s"
        }
        if let time = text.wholeMatch(of: /([0-9T:-]{19})\.([0-9]+)Z/) {
            let fraction = String(time.2).trimmingSuffix("0")
            return fraction.isEmpty ? "\(time.1)Z" : "\(time.1).\(fraction)Z"
        }
        return text
    }

    /// The first place where `actual` is not what `expected` says; nil if there is none.
    static func difference(_ expected: Any?, _ actual: Any?, at path: String = "$") -> String? {
        if let text = expected as? String, text.hasPrefix("<") {
            switch text {
            case "<any?>": return nil
            case "<any>": return actual == nil ? "\(path): nothing is there" : nil
            case "<secret>":
                let bytes = (actual as? String).flatMap { Data(base64Encoded: $0) }
                return bytes?.count == 36 ? nil : "\(path): not a secret"
            case "<topic>":
                let isTopic = (actual as? String)?.wholeMatch(of: /projects\/[^\/]+\/topics\/.+/)
                return isTopic != nil ? nil : "\(path): not a topic"
            default: break
            }
        }
        switch (expected, actual) {
        case (nil, nil): return nil
        case (let expected as [String: Any], let actual as [String: Any]):
            for key in Set(expected.keys).union(actual.keys).sorted() {
                if let found = difference(expected[key], actual[key], at: "\(path).\(key)") {
                    return found
                }
            }
            return nil
        case (let expected as [Any], let actual as [Any]):
            guard expected.count == actual.count else {
                return "\(path): \(expected.count) items are wanted, \(actual.count) are there"
            }
            for (index, pair) in zip(expected, actual).enumerated() {
                if let found = difference(pair.0, pair.1, at: "\(path)[\(index)]") { return found }
            }
            return nil
        case (let expected as [String: Any], nil):
            // An object of nothing but placeholders for "maybe" may be absent.
            return difference(expected, [String: Any](), at: path)
        default:
            let same = "\(expected ?? "nothing")" == "\(actual ?? "nothing")"
            return same
                ? nil : "\(path): \(expected ?? "nothing") is wanted, \(actual ?? "nothing") found"
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
