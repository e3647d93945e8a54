import Crypto
import ServiceConfiguration

/// Bearer tokens by their hashes.
struct TokenTable: Sendable {
    private let tokens: [TokenSettings]

    init(_ tokens: [TokenSettings]) { self.tokens = tokens }

    /// Whom a token stands for; nil for one that is not known.
    ///
    /// Every hash is compared, and every byte of it, so that the time tells nothing.
    func identity(of token: String) -> String? {
        let hash = SHA256.hash(data: Array(token.utf8))
        var found: Int?
        for (number, known) in tokens.enumerated() {
            var difference: UInt8 = known.hash.count == SHA256.byteCount ? 0 : 1
            for (left, right) in zip(hash, known.hash) { difference |= left ^ right }
            if difference == 0 { found = number }
        }
        return found.map { tokens[$0].identity }
    }
}
