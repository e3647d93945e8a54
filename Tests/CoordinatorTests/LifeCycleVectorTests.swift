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
                switch call {
                case "RegisterStream":
                    .registerStream(try History.registration(secret: secret, terminalIndex: index))
                case "ArchiveStream":
                    .archiveStream(
                        History.report(
                            entries: UInt64(try #require(vector.int("log_entry_count"))),
                            through: index, fails: vector.has("error")))
                default: .terminateStream(History.termination(at: index ?? 0, secret: secret))
                }
            let refusal = history.refusal(of: mutation)
            #expect(Self.code(of: refusal) == vector.string("code"), "\(vector.members)")
            if refusal == nil { try history.when(mutation) }
            let after = vector.object("after")
            let terminal = after?.int("terminal").flatMap { UInt64(exactly: $0) }
            #expect(history.stream()?.terminalIndex == terminal, "\(vector.members)")
            guard let archival = after?.string("archival") else { continue }
            let stored = try #require(history.stream())
            #expect("\(stored.archivalState)" == Self.state(archival), "\(vector.members)")
            let count = after?.int("log_entry_count").map { UInt64($0) }
            #expect(stored.archive?.entryCount == count)
        }
    }

    private static func state(_ name: String) -> String {
        switch name {
        case "none": "notArchived"
        case "complete", "partial": "archived\(name.capitalized)"
        default: name
        }
    }

    @Test func `the archival state follows from what is stored`() throws {
        for vector in try Vectors.group("archival_state.derive") ?? [] {
            let count = UInt64(try #require(vector.int("log_entry_count")))
            let archive = ArchiveInfo(
                time: .zero, entryCount: count, stream: ArchiveObject(), index: ArchiveObject())
            let isArchived = vector.bool("archived_time_set") == true
            let terminal = vector.int("terminal_index").flatMap { UInt64(exactly: $0) }
            let state = ArchivalState(
                archivalKey: vector.bool("archival_key_set") == true ? [1] : [],
                archive: isArchived ? archive : nil, terminalIndex: terminal)
            let wanted =
                vector.string("archival_state") == "ArchiveTasked"
                ? "Tasked" : vector.string("archival_state")
            #expect("\(state)".lowercased() == wanted?.lowercased(), "\(vector.members)")
            #expect((isArchived || terminal != nil) == vector.bool("terminated"))
        }
    }

    @Test func `task names are taken apart as the vectors say`() throws {
        for vector in try Vectors.group("archive_task.task_name") ?? [] {
            let text = try #require(vector.string("task_name"))
            let name = ArchiveTaskName(parsing: text)
            #expect((name == nil) == (vector.bool("error") == true), "\(text)")
            #expect(name?.queue == vector.int("queue").map { UInt64($0) })
            #expect(name?.task == vector.string("name"))
        }
    }

    @Test func `a task that failed comes back after a pause that doubles`() throws {
        for vector in try Vectors.group("archival.retry_backoff.transitional") ?? [] {
            let retries = UInt64(try #require(vector.int("retry_count")))
            let delay = try #require(vector.int("delay_s"))
            #expect(FailArchival.pause(afterRetries: retries) == .seconds(delay))
        }
    }

    @Test func `archivals come due when the vectors say`() throws {
        for vector in try Vectors.group("archival.schedule") ?? [] {
            let timers = Self.timers(of: vector)
            let terminates = vector.string("call") == "TerminateStream"
            let asked = try #require(vector.int("terminal_index") ?? (terminates ? 1337 : -1))
            var history = try History.withPrefix()
            var registration = try History.registration(
                terminalIndex: terminates ? nil : UInt64(exactly: asked))
            registration.timers = timers
            if terminates { try history.when(.registerStream(registration)) }
            let pendingBefore = history.pending.count
            var termination = History.termination(at: UInt64(max(0, asked)))
            termination.timers = timers
            let outcome = try history.when(
                terminates ? .terminateStream(termination) : .registerStream(registration))
            let delay = Duration.seconds(try #require(vector.int("due_in_s")))
            #expect(outcome.scheduled.map(\.due) == [history.now.adding(delay)])
            let replaced = vector.bool("replaces_pending") ?? false
            #expect(history.pending.count == pendingBefore + (replaced ? 0 : 1))
            guard timers.dialect == .classic else { continue }
            history.wait(delay)
            _ = try history.fireDue()
            let terms = try #require(history.state.tasks.all.first?.classic)
            #expect(terms.settle == .seconds(vector.int("task_settle_s") ?? -1))
            #expect(terms.complete == .seconds(vector.int("task_complete_s") ?? -1))
        }
    }

    private static func timers(of vector: JSONObject) -> ArchivalTimers {
        guard vector.string("dialect") == "classic" else { return ArchivalTimers() }
        let periods = ["service_max_s", "project_max_s"].compactMap { vector.int($0) }
        return ArchivalTimers(
            terminated: .seconds(vector.int("settle_s") ?? 0), open: .seconds(periods.min() ?? 0),
            dialect: .classic)
    }

    @Test func `classic keys are those of the vectors`() throws {
        for vector in try Vectors.group("archival_key.classic") ?? [] {
            let stream = try #require(vector.string("stream_id").flatMap { HashID(hex: $0) })
            let key = ClassicTerms.key(
                requestID: try #require(vector.string("request_id")), stream: stream,
                index: UInt32(try #require(vector.int("publish_index"))))
            #expect(key == vector.hex("key"))
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
        let terminal = before.int("terminal").flatMap { UInt64(exactly: $0) }
        // That a stream is not tasked is so in the classic dialect alone.
        if before.string("archival") == "none" {
            return try History.withClassicStream(terminalIndex: terminal)
        }
        guard before.string("archival") == "complete" else {
            return try History.withStream(terminalIndex: terminal)
        }
        var history = try History.withStream()
        let count = UInt64(before.int("log_entry_count") ?? 0)
        try history.when(
            .archiveStream(History.report(entries: count, through: terminal)))
        return history
    }

    /// As `RejectionStatus` in LogDogServices has them.
    private static func code(of rejection: Rejection?) -> String {
        switch rejection {
        case nil: "OK"
        case .prefixAlreadyExists: "AlreadyExists"
        case .badNonceLength, .secretMismatch, .unrecognizedProtoVersion, .negativeTerminalIndex,
            .indexOutOfRange, .configurationTooLong, .leaseOutOfRange:
            "InvalidArgument"
        case .prefixNotRegistered, .prefixExpired, .terminatedElsewhere, .archivalNotTasked,
            .archiveOutdated, .prefixHeld, .retentionPaused:
            "FailedPrecondition"
        case .streamNotFound, .prefixNotFound: "NotFound"
        case .tooManyIntervals: "ResourceExhausted"
        }
    }
}
