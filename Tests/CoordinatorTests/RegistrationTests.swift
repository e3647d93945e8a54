import Coordinator
import Journal
import LogDogModel
import Platform
import TestSupport
import Testing

@testable import Coordinator

/// Prefixes and streams: given a history, when a command, then events or a rejection.
@Suite struct RegistrationTests {
    private let nonce = [UInt8](repeating: 1, count: 32)

    @Test func `a claim registers a prefix with its window and its secret`() throws {
        var history = History()
        let decision = try history.when(try History.registerPrefix())
        #expect(decision.events.count == 1)
        let prefix = try #require(
            history.state.prefix(PrefixKey(project: "proj", hash: .ofPrefix("p"))))
        #expect(prefix.id.record == .first)
        #expect(prefix.expires == history.now.adding(.seconds(86_400)))
        #expect(prefix.secret.bytes == History.secret)
    }

    @Test func `a retry with the same nonce gets the stored secret within its window`() throws {
        var history = History()
        try history.when(try History.registerPrefix(nonce: nonce))
        let other = [UInt8](repeating: 9, count: 36)
        let decision = try history.when(
            try History.registerPrefix(nonce: nonce, secret: other))
        #expect(decision.events.isEmpty)
        guard case .prefix(let stored) = decision.reply else {
            Issue.record("a claim is answered with a prefix")
            return
        }
        #expect(stored.secret.bytes == History.secret)
        history.advance(by: .seconds(900))
        #expect(history.rejection(of: try History.registerPrefix(nonce: nonce)) == nil)
        history.advance(by: .microseconds(1))
        #expect(
            history.rejection(of: try History.registerPrefix(nonce: nonce))
                == .prefixAlreadyExists)
    }

    @Test func `another nonce, none, or one of odd length is no retry`() throws {
        var history = History()
        #expect(
            history.rejection(of: try History.registerPrefix(nonce: [1, 2, 3]))
                == .badNonceLength(3))
        try history.when(try History.registerPrefix(nonce: nonce))
        for other in [[UInt8](repeating: 2, count: 32), [], Array(nonce.dropLast())] {
            #expect(
                history.rejection(of: try History.registerPrefix(nonce: other))
                    == .prefixAlreadyExists)
        }
    }

    @Test func `a stream is registered under an open prefix by its secret alone`() throws {
        var history = History()
        let registration = CoordinatorMutation.registerStream(try History.registration())
        #expect(history.rejection(of: registration) == .prefixNotRegistered)
        try history.when(try History.registerPrefix(window: .seconds(10)))
        let wrong = try History.registration(secret: [UInt8](repeating: 0, count: 36))
        #expect(history.rejection(of: .registerStream(wrong)) == .secretMismatch)
        try history.when(registration)
        let stream = try #require(history.stream())
        #expect(stream.archivalKey == [0x31])
        #expect(stream.terminalIndex == nil)
        history.advance(by: .seconds(10))
        #expect(history.rejection(of: registration) == .prefixExpired)
    }

    @Test func `a repeated registration changes nothing, whatever it says`() throws {
        var history = History()
        try history.when(try History.registerPrefix())
        try history.when(.registerStream(try History.registration()))
        let repeated = try history.when(.registerStream(try History.registration(terminalIndex: 7)))
        #expect(repeated.events.isEmpty && repeated.schedule.isEmpty)
        #expect(history.stream()?.terminalIndex == nil)
    }

    @Test func `archival comes due 48 hours after registration and 5 minutes after the end`()
        throws
    {
        var history = History()
        try history.when(try History.registerPrefix())
        try history.when(.registerStream(try History.registration()))
        let open = try #require(history.pending["archive-expired-2"])
        #expect(open.due == history.now.adding(.seconds(172_800)))
        try history.when(History.terminate(at: 3))
        let ended = try #require(history.pending["archive-settled-2"])
        #expect(ended.due == history.now.adding(.seconds(300)))
        #expect(history.pending.count == 2, "the first one stays")
        let fired = try history.when(ended.mutation)
        #expect(fired.events.count == 1)
    }

    @Test func `windows and nonces behave as the vectors say`() throws {
        for vector in try Vectors.group("prefix.expired") ?? [] {
            guard let window = vector.int("expiration_s"), let now = vector.int("now_s") else {
                continue
            }
            var history = History()
            try history.when(try History.registerPrefix(window: .seconds(window)))
            history.advance(by: .seconds(now))
            let rejection = history.rejection(of: .registerStream(try History.registration()))
            #expect((rejection == nil) == (vector.string("code") == "OK"), "\(vector.members)")
        }
    }
}
