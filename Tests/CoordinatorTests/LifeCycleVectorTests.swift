import LogDogModel
import Platform
import TestSupport
import Testing

@testable import Coordinator

/// The groups of `vectors.json` about the lives of prefixes and streams.
struct LifeCycleVectorTests {
    @Test func `the shortest window above zero counts`() throws {
        for vector in try Vectors.group("register_prefix.expiration") ?? [] {
            let wanted = ["request_s", "service_s", "project_s"].map { name in
                vector.int(name).map { Duration.seconds($0) }
            }
            let expected = try #require(vector.int("expiration_s"))
            let isOK = vector.string("code") == "OK"
            #expect(
                RegisterPrefix.window(wanted) == (isOK ? .seconds(expected) : nil),
                "\(vector.members)")
        }
    }

    @Test func `repeated claims are told apart by nonce and age`() throws {
        for vector in try Vectors.group("register_prefix.retry") ?? [] {
            var history = History()
            if let stored = vector.string("stored_nonce") {
                let claim = try History.claim(nonce: Self.nonce(stored))
                try history.when(.registerPrefix(claim))
            }
            history.wait(.seconds(vector.int("age_s") ?? 0))
            let nonce = Self.nonce(vector.string("request_nonce") ?? "")
            var claim = try History.claim(nonce: nonce)
            claim.secret = try #require(Secret(History.otherSecret))
            let refusal = history.refusal(of: .registerPrefix(claim))
            #expect(Self.code(of: refusal) == vector.string("code"), "\(vector.members)")
            guard vector.bool("same_secret") == true else { continue }
            let reply = try history.when(.registerPrefix(claim)).reply
            guard case .prefix(let prefix) = reply else {
                Issue.record("\(reply)")
                continue
            }
            #expect(prefix.secret == History.secret)
        }
    }

    @Test func `a prefix is closed from its expiration on`() throws {
        for vector in try Vectors.group("prefix.expired") ?? [] {
            guard let window = vector.int("expiration_s") else {
                Vectors.notRun(
                    "prefix.expired \(vector.members)",
                    because: "every prefix has an expiration here")
                continue
            }
            var history = History()
            try history.when(.registerPrefix(try History.claim(window: .seconds(window))))
            history.wait(.seconds(try #require(vector.int("now_s"))))
            let refusal = history.refusal(of: .registerStream(try History.registration()))
            #expect(Self.code(of: refusal) == vector.string("code"), "\(vector.members)")
        }
    }

    @Test func `terminal indexes change as the vectors say`() throws {
        for vector in try Vectors.group("terminal_index.transitions") ?? [] {
            let call = try #require(vector.string("call"))
            let asked = try #require(vector.int("terminal_index"))
            let isArchived = vector.object("before")?.string("archival") == "complete"
            guard call != "ArchiveStream", !isArchived else {
                Vectors.notRun(
                    "terminal_index.transitions \(call)", because: "nothing is archived yet")
                continue
            }
            guard call != "TerminateStream" || asked >= 0 else {
                Vectors.notRun(
                    "terminal_index.transitions \(asked)",
                    because: "the service refuses negative indexes")
                continue
            }
            var history = try Self.history(before: vector)
            let secret = vector.bool("bad_secret") == true ? History.otherSecret : nil
            // Any negative index of a registration means "not terminated".
            let index = asked < 0 ? nil : UInt64(asked)
            let mutation: CoordinatorMutation =
                call == "RegisterStream"
                ? .registerStream(try History.registration(secret: secret, terminalIndex: index))
                : .terminateStream(History.termination(at: index ?? 0, secret: secret))
            let refusal = history.refusal(of: mutation)
            #expect(Self.code(of: refusal) == vector.string("code"), "\(vector.members)")
            if refusal == nil { try history.when(mutation) }
            let after = vector.object("after")?.int("terminal").map { UInt64($0) }
            #expect(history.stream()?.terminalIndex == after, "\(vector.members)")
        }
    }

    @Test func `archivals come due when the vectors say`() throws {
        for vector in try Vectors.group("archival.schedule") ?? [] {
            guard vector.string("dialect") == "current" else {
                Vectors.notRun(
                    "archival.schedule classic", because: "there is no classic dialect yet")
                continue
            }
            let terminates = vector.string("call") == "TerminateStream"
            var history = terminates ? try History.withStream() : try History.withPrefix()
            let pendingBefore = history.pending.count
            let outcome =
                terminates
                ? try history.when(.terminateStream(History.termination(at: 1337)))
                : try history.when(.registerStream(try History.registration()))
            let delay = Duration.seconds(try #require(vector.int("due_in_s")))
            #expect(outcome.scheduled.map(\.due) == [history.now.adding(delay)])
            let replaced = vector.bool("replaces_pending") ?? false
            #expect(history.pending.count == pendingBefore + (replaced ? 0 : 1))
        }
    }

    /// `N` and `M` stand for two nonces of 32 bytes.
    private static func nonce(_ name: String) -> [UInt8] {
        switch name {
        case "": []
        case "31 bytes": Array(repeating: 1, count: 31)
        default: Array(repeating: name.utf8.first ?? 0, count: 32)
        }
    }

    private static func history(before vector: JSONObject) throws -> History {
        guard let before = vector.object("before") else { return try History.withPrefix() }
        return try History.withStream(terminalIndex: before.int("terminal").map { UInt64($0) })
    }

    /// As `RejectionStatus` in LogDogServices has them.
    private static func code(of rejection: Rejection?) -> String {
        switch rejection {
        case nil: "OK"
        case .prefixAlreadyExists: "AlreadyExists"
        case .badNonceLength, .secretMismatch, .unrecognizedProtoVersion, .negativeTerminalIndex,
            .indexOutOfRange, .configurationTooLong:
            "InvalidArgument"
        case .prefixNotRegistered, .prefixExpired, .terminatedElsewhere: "FailedPrecondition"
        case .streamNotFound: "NotFound"
        case .tooManyIntervals: "ResourceExhausted"
        }
    }
}
