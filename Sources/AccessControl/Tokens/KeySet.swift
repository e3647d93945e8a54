import Foundation
import JWTKit

/// The public keys of an issuer, each for the one algorithm that it may sign with.
struct KeySet: Sendable {
    /// Why a key set cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private struct Keys: Decodable {
        let keys: [Key]
    }

    /// A key, or nil for one of a kind that is not known here.
    private struct Key: Decodable {
        let key: JWK?
        let use: String?

        private enum CodingKeys: String, CodingKey { case use }

        init(from decoder: any Decoder) throws {
            use = try decoder.container(keyedBy: CodingKeys.self)
                .decodeIfPresent(String.self, forKey: .use)
            do { key = try JWK(from: decoder) } catch { key = nil }
        }
    }

    private let keys: JWTKeyCollection
    /// By key id.
    private let algorithms: [String: String]

    /// - Parameter json: a JSON Web Key Set; keys for other uses and of unknown kinds are passed
    ///   over, but one that can check signatures has to be there.
    init(_ json: [UInt8]) async throws(Unusable) {
        let read: Keys
        do {
            read = try JSONDecoder().decode(Keys.self, from: Data(json))
        } catch {
            throw Unusable(description: "this is no JSON Web Key Set")
        }
        keys = JWTKeyCollection()
        var algorithms: [String: String] = [:]
        for entry in read.keys where entry.use != "enc" {
            guard var key = entry.key, let id = key.keyIdentifier?.string,
                let algorithm = Self.algorithm(of: key)
            else { continue }
            guard key.privateExponent == nil else {
                throw Unusable(description: "the key \(id) is a private one")
            }
            key.algorithm = algorithm
            do {
                try await keys.add(jwk: key)
            } catch {
                throw Unusable(description: "the key \(id) is ill-formed")
            }
            algorithms[id] = algorithm.rawValue
        }
        guard !algorithms.isEmpty else {
            throw Unusable(description: "there is no key with a kid that can check signatures")
        }
        self.algorithms = algorithms
    }

    func has(_ id: String) -> Bool { algorithms[id] != nil }

    /// The claims of a token if `id` signed it with that algorithm.
    func claims(
        of token: String, signedBy id: String, with algorithm: String
    ) async throws(TokenRefusal) -> TokenClaims {
        guard algorithms[id] == algorithm else { throw .badSignature }
        do {
            return try await keys.verify(token, as: TokenClaims.self)
        } catch {
            throw .badSignature
        }
    }

    /// What a key says, or else what its kind usually means: never what a token asks for.
    private static func algorithm(of key: JWK) -> JWK.Algorithm? {
        if let algorithm = key.algorithm { return algorithm }
        switch (key.keyType, key.curve?.rawValue) {
        case (.rsa, _): return .rs256
        case (.ecdsa, "P-256"): return .es256
        case (.ecdsa, "P-384"): return .es384
        case (.ecdsa, "P-521"): return .es512
        case (.octetKeyPair, _): return .eddsa
        default: return nil
        }
    }
}
