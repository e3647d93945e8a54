import Crypto
import Foundation

/// An OpenID issuer of the tests: it signs what one asks it to.
public struct SigningIssuer: Sendable {
    public let keyID: String
    private let key = P256.Signing.PrivateKey()

    public init(keyID: String) { self.keyID = keyID }

    /// Its public key as a member of a key set.
    public var jwk: String {
        let point = key.publicKey.x963Representation.dropFirst()
        return """
            {"kty":"EC","crv":"P-256","kid":"\(keyID)",\
            "x":"\(Self.text(point.prefix(32)))","y":"\(Self.text(point.suffix(32)))"}
            """
    }

    public static func keySet(_ issuers: [SigningIssuer]) -> String {
        "{\"keys\":[\(issuers.map(\.jwk).joined(separator: ","))]}"
    }

    /// A signed token.
    ///
    /// - Parameters:
    ///   - claims: a JSON object.
    ///   - head: a JSON object; by default ES256 and its key.
    public func token(_ claims: String, head: String? = nil) throws -> String {
        let head = head ?? "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"\(keyID)\"}"
        let signed = "\(Self.text(Data(head.utf8))).\(Self.text(Data(claims.utf8)))"
        let signature = try key.signature(for: Data(signed.utf8)).rawRepresentation
        return "\(signed).\(Self.text(signature))"
    }

    private static func text(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
