import Foundation

/// A signed token taken apart; nothing in it is believed before its signature was checked.
struct TokenParts {
    /// What the header says.
    struct Head: Decodable {
        let alg: String
        let kid: String?
        /// Extensions that must be understood; none is.
        let crit: [String]?
    }

    private struct Issuer: Decodable { let iss: String? }

    let head: Head
    /// Who says that it signed this.
    let issuer: String?

    /// Nil for what is not three parts of base64url with JSON in the first two.
    init?(_ token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Self.bytes(parts[0]), let claims = Self.bytes(parts[1])
        else { return nil }
        do {
            self.head = try JSONDecoder().decode(Head.self, from: head)
            issuer = try JSONDecoder().decode(Issuer.self, from: claims).iss
        } catch {
            return nil
        }
    }

    private static func bytes(_ part: Substring) -> Data? {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text)
    }
}
