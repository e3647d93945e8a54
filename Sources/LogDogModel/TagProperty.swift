import Foundation

/// What a stream's tags are found by, as the classic dialect's index has it: for each tag its key
/// alone, which asserts that it is there, and key and value together (`spec/rpc.md §6`).
package enum TagProperty {
    /// That a tag of this key is there, with whatever value.
    package static func presence(of key: String) -> String { encoded(key) }

    /// That the tag is there with this value.
    package static func tag(_ key: String, _ value: String) -> String { encoded("\(key)=\(value)") }

    /// Everything that holds of `tags`, by key.
    package static func all(of tags: [String: String]) -> [String] {
        tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .flatMap { [presence(of: $0.key), tag($0.key, $0.value)] }
    }

    /// Behind a fixed beginning, base64 for URLs with `~` as its padding.
    static func encoded(_ text: String) -> String {
        let base64 = Data(text.utf8).base64EncodedString()
        let translated = base64.map { character -> Character in
            switch character {
            case "+": "-"
            case "/": "_"
            case "=": "~"
            default: character
            }
        }
        return "Key_" + String(translated)
    }
}
