import Foundation
import JWTKit

/// The claims of a signed token; those that are texts by name, since any may name the caller.
struct TokenClaims: JWTPayload {
    let audiences: [String]
    /// Seconds since 1970, UTC.
    let expires: Double?
    let notBefore: Double?
    let texts: [String: String]
    let isEmailVerified: Bool

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// A claim that is a text or something else.
    private struct Text: Decodable {
        let value: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do { value = try container.decode(String.self) } catch { value = nil }
        }
    }

    private struct Audiences: Decodable {
        let all: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                all = [try container.decode(String.self)]
            } catch {
                all = try container.decode([String].self)
            }
        }
    }

    init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: Name.self)
        audiences = try claims.decodeIfPresent(Audiences.self, forKey: Name("aud"))?.all ?? []
        expires = try claims.decodeIfPresent(Double.self, forKey: Name("exp"))
        notBefore = try claims.decodeIfPresent(Double.self, forKey: Name("nbf"))
        var texts: [String: String] = [:]
        for key in claims.allKeys {
            texts[key.stringValue] = try claims.decode(Text.self, forKey: key).value
        }
        self.texts = texts
        // Some issuers write it as a text.
        let verified = Name("email_verified")
        if let text = texts[verified.stringValue] {
            isEmailVerified = text == "true"
        } else {
            isEmailVerified = try claims.decodeIfPresent(Bool.self, forKey: verified) ?? false
        }
    }

    /// Only read, never made.
    func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self, .init(codingPath: [], debugDescription: "claims are only read"))
    }

    /// What they say is checked by `TokenVerifier`, which knows the issuer and the time.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
