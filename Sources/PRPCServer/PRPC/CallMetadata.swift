import Foundation

/// What a caller says of a call besides its message: header fields that are not pRPC's own
/// (`spec/prpc.md §3`).
package struct CallMetadata: Sendable {
    /// A value: text, or bytes under a key that ends in `-bin`.
    package enum Value: Hashable, Sendable {
        case text(String)
        case bytes([UInt8])
    }

    /// In the order in which they came; keys in lower case.
    package private(set) var all: [(key: String, value: Value)] = []

    package init() {}

    /// Takes header fields.
    ///
    /// - Throws: the key of a `-bin` field that is not base64.
    init(_ headers: HTTPFields) throws(Malformed) {
        for (name, value) in headers.all {
            let key = name.lowercased()
            guard !Self.isReserved(key) else { continue }
            if key == "host" {
                all += [(key, .text(value)), (":authority", .text(value))]
            } else if key.hasSuffix("-bin") {
                for part in value.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let bytes = Self.decoded(part) else { throw Malformed(key: key) }
                    all.append((key, .bytes(bytes)))
                }
            } else {
                all.append((key, .text(value)))
            }
        }
    }

    /// The values of `key`, which is in lower case.
    package subscript(_ key: String) -> [Value] { all.filter { $0.key == key }.map(\.value) }

    struct Malformed: Error {
        let key: String
    }

    /// Standard base64, with or without its padding.
    private static func decoded(_ part: Substring) -> [UInt8]? {
        let text = part.drop { $0 == " " }.replacing(" ", with: "")
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }

    private static func isReserved(_ key: String) -> Bool {
        key.hasPrefix("x-prpc-") || key.hasPrefix("access-control-") || key.hasPrefix("accept")
            || key.hasPrefix("content-") || ["vary", "x-content-type-options"].contains(key)
    }
}
