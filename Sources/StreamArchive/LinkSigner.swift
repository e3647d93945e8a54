import Crypto
import Foundation
import Platform

/// Signs links by which anybody may fetch an object until they expire.
package struct LinkSigner: Sendable {
    /// In bytes.
    package static let keyLength = 32

    private let key: SymmetricKey

    /// - Parameter key: random bytes.
    package init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// The query of a link: when it expires, in seconds since 1970, and what proves that this
    /// server made it.
    package func query(for name: ObjectName, expires: Timestamp) -> String {
        let seconds = expires.microseconds / 1_000_000
        let code = HMAC<SHA256>.authenticationCode(for: Self.text(name, seconds), using: key)
        let signature = code.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        return "expires=\(seconds)&signature=\(signature)"
    }

    /// Whether a link with these values was made here and has not expired. Takes the same time
    /// whatever the signature.
    package func isValid(
        _ name: ObjectName, expires: Int64, signature: [UInt8], at now: Timestamp
    ) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            signature, authenticating: Self.text(name, expires), using: key)
            && now.microseconds / 1_000_000 < expires
    }

    private static func text(_ name: ObjectName, _ expires: Int64) -> Data {
        Data("logdog link 1\n\(expires)\n\(name)".utf8)
    }
}
