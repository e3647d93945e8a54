/// The encodings of pRPC messages (`spec/prpc.md §2`), in the order in which ties are broken.
package enum MessageFormat: Int, Hashable, Sendable {
    case binary
    case json
    case text

    var contentType: String {
        switch self {
        case .binary: "application/prpc; encoding=binary"
        case .json: "application/json"
        case .text: "application/prpc; encoding=text"
        }
    }

    /// The format of a request body; nil for a type that is not understood.
    package init?(contentType: String?) {
        guard let contentType, !contentType.isEmpty else {
            self = .binary
            return
        }
        guard let type = MediaType(contentType), let format = MessageFormat(type) else {
            return nil
        }
        self = format
    }

    init?(_ type: MediaType) {
        switch type.name {
        case "application/json": self = .json
        case "application/grpc", "*/*", "application/*": self = .binary
        case "application/prpc":
            var format = MessageFormat.binary
            for (name, value) in type.parameters {
                guard name == "encoding" else { return nil }
                switch value {
                case "binary": format = .binary
                case "json": format = .json
                case "text": format = .text
                default: return nil
                }
            }
            self = format
        default: return nil
        }
    }

    /// Why there is no format for a reply.
    enum Refusal: Error {
        case badSyntax
        case notAcceptable
    }

    /// The format of the reply that an `Accept` header asks for. Types that are not known are
    /// passed over; what stands behind `q` belongs to no type.
    static func accepted(by header: String?) throws(Refusal) -> MessageFormat {
        guard let header, !header.isEmpty else { return .binary }
        var best: (format: MessageFormat, quality: Double)?
        for part in header.split(separator: ",") {
            let (text, quality) = try quality(of: part)
            guard let type = MediaType(text), let format = MessageFormat(type) else { continue }
            if let known = best {
                guard
                    quality > known.quality
                        || (quality == known.quality && format.rawValue < known.format.rawValue)
                else { continue }
            }
            best = (format, quality)
        }
        guard let best else { throw .notAcceptable }
        return best.format
    }

    private static func quality(
        of part: Substring
    ) throws(Refusal) -> (type: String, quality: Double) {
        guard let match = part.firstMatch(of: /;\s*[qQ]\s*=\s*([^;]*)/) else {
            return (String(part), 1)
        }
        let text = MediaType.trimmed(match.output.1)
        guard let quality = Double(text), quality.isFinite else { throw .badSyntax }
        return (String(part[..<match.range.lowerBound]), quality)
    }
}

/// A media type and its parameters; names in lower case.
struct MediaType {
    let name: String
    private(set) var parameters: [(name: String, value: String)] = []

    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
            .map { Self.trimmed($0) }
        guard let first = parts.first, first.contains("/"), !first.contains(" ") else { return nil }
        name = first.lowercased()
        for part in parts.dropFirst() where !part.isEmpty {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            var value = Self.trimmed(part[part.index(after: equals)...])
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            let name = Self.trimmed(part[..<equals]).lowercased()
            guard !parameters.contains(where: { $0.name == name }) else { return nil }
            parameters.append((name, value))
        }
    }

    static func trimmed(_ text: some StringProtocol) -> String { trimmed(Substring(text)) }

    /// By bytes: this runs for every field of every request.
    private static func trimmed(_ text: Substring) -> String {
        let bytes = text.utf8
        guard let start = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(text[start..<bytes.index(after: last)])
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
