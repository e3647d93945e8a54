import Coordinator
import LogDogModel
import Platform
import Testing

struct RegisterPrefixTests {
    private static let nonce = Array(repeating: UInt8(1), count: 32)
    private static let otherNonce = Array(repeating: UInt8(2), count: 32)

    private static func claimed(with nonce: [UInt8]) throws -> History {
        var history = History()
        try history.when(.registerPrefix(try History.claim(nonce: nonce)))
        return history
    }

    @Test func `a new prefix is registered until its window ends`() throws {
        var history = History()
        let outcome = try history.when(.registerPrefix(try History.claim()))
        let prefix = try #require(history.registeredPrefix)
        #expect(outcome.reply == .prefix(prefix))
        #expect(outcome.events == [.prefixRegistered(prefix)])
        #expect(prefix.id.record.rawValue == 1)
        #expect(prefix.created == history.now)
        #expect(prefix.expires == history.now.adding(History.window))
        #expect(prefix.realm == "proj:realm")
        #expect(prefix.shortRealm == "realm")
        #expect(prefix.source == ["tests"])
        #expect(prefix.secret == History.secret)
    }

    @Test func `a repeat with the same nonce gets the stored secret`() throws {
        var history = try Self.claimed(with: Self.nonce)
        let stored = try #require(history.registeredPrefix)
        history.wait(.seconds(900))
        var claim = try History.claim(nonce: Self.nonce, window: .seconds(1))
        claim.secret = try #require(Secret(History.otherSecret))
        claim.realm = nil
        claim.sourceInfo = []
        let outcome = try history.when(.registerPrefix(claim))
        #expect(outcome.reply == .prefix(stored))
        #expect(outcome.events == [])
    }

    @Test func `a repeat after more than 15 minutes comes too late`() throws {
        var history = try Self.claimed(with: Self.nonce)
        history.wait(.seconds(900) + .microseconds(1))
        let claim = try History.claim(nonce: Self.nonce)
        #expect(history.refusal(of: .registerPrefix(claim)) == .prefixAlreadyExists)
    }

    @Test(arguments: [otherNonce, [], Array(nonce.dropLast()), nonce + [1]])
    func `with another nonce, or none, a prefix is taken already`(nonce: [UInt8]) throws {
        let history = try Self.claimed(with: Self.nonce)
        let claim = try History.claim(nonce: nonce)
        #expect(history.refusal(of: .registerPrefix(claim)) == .prefixAlreadyExists)
    }

    @Test func `a prefix that was registered without a nonce cannot be repeated`() throws {
        let history = try Self.claimed(with: [])
        for nonce in [[], Self.nonce] {
            let claim = try History.claim(nonce: nonce)
            #expect(history.refusal(of: .registerPrefix(claim)) == .prefixAlreadyExists)
        }
    }

    @Test(arguments: [1, 31, 33]) func `a nonce has 32 bytes or none`(length: Int) throws {
        let claim = try History.claim(nonce: Array(repeating: 0, count: length))
        #expect(History().refusal(of: .registerPrefix(claim)) == .badNonceLength(length))
    }

    @Test func `equal prefixes of two projects never meet`() throws {
        var history = try History.withPrefix()
        var claim = try History.claim()
        claim.project = "other"
        try history.when(.registerPrefix(claim))
        #expect(history.state.prefixes.count == 2)
    }
}
