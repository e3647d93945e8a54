import Crypto

/// The SHA-256 of a prefix or of a stream path, by which clients may name it
/// (`spec/lifecycle.md §2.5`). Unique only inside a project.
package struct HashID: Hashable, Comparable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// Takes exactly 64 hex digits of either case.
    package init?(hex: String) {
        guard hex.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in hex.utf8 {
            guard let value = Self.value(of: digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(bytes: bytes)
    }

    private init(digest: SHA256.Digest) {
        var words: [UInt64] = []
        var word: UInt64 = 0
        for (index, byte) in digest.enumerated() {
            word = word << 8 | UInt64(byte)
            if index % 8 == 7 { words.append(word) }
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// The SHA-256 of any bytes.
    package static func ofBytes(_ bytes: [UInt8]) -> HashID {
        HashID(digest: SHA256.hash(data: bytes))
    }

    /// The id of a prefix.
    package static func ofPrefix(_ prefix: String) -> HashID {
        HashID(digest: SHA256.hash(data: Array(prefix.utf8)))
    }

    /// The id of a stream.
    package static func ofStream(prefix: String, name: String) -> HashID {
        HashID(digest: SHA256.hash(data: Array("\(prefix)/+/\(name)".utf8)))
    }

    /// The 32 bytes, in the order of the hex digits.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    /// The first 8 bytes as a number that orders like the whole, except where these are equal.
    package var leadingWord: UInt64 { words.0 }

    /// 64 lower-case hex digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    package static func == (left: HashID, right: HashID) -> Bool { left.words == right.words }

    package static func < (left: HashID, right: HashID) -> Bool { left.words < right.words }

    package func hash(into hasher: inout Hasher) {
        // The words are evenly spread already; one tells almost all ids apart.
        hasher.combine(words.0)
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
