import LogDogModel
import Testing

struct SecretTests {
    private static let bytes = (0..<36).map { UInt8($0) }

    @Test func `a secret has 36 bytes`() {
        #expect(Secret(Self.bytes)?.bytes == Self.bytes)
        #expect(Secret(Array(Self.bytes.dropLast())) == nil)
        #expect(Secret(Self.bytes + [0]) == nil)
    }

    @Test func `a secret matches only itself, wherever they differ`() throws {
        let secret = try #require(Secret(Self.bytes))
        #expect(secret.matches(Self.bytes))
        for place in Self.bytes.indices {
            var other = Self.bytes
            other[place] ^= 0x80
            #expect(!secret.matches(other), "differs at \(place)")
        }
        #expect(!secret.matches([]))
        #expect(!secret.matches(Self.bytes + [0]))
    }

    @Test func `a secret does not show in text`() throws {
        let secret = try #require(Secret(Array("tell-nobody-tell-nobody-tell-nobody-".utf8)))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("tell"))
            #expect(!text.contains("116"))
        }
    }
}
