import Coordinator
import TestSupport
import Testing

@testable import Coordinator

/// The terminal part of a stream's life.
@Suite struct TerminationVectorTests {
    @Test func `every row of the transition table`() {
        #expect(TerminalTransition(of: nil, to: 0) == .terminates)
        #expect(TerminalTransition(of: 5, to: 5) == .repeats)
        #expect(TerminalTransition(of: 5, to: 6) == .conflicts(stored: 5))
    }

    @Test func `a stream ends once, at one index, and only by its secret`() throws {
        var history = History()
        #expect(history.rejection(of: History.terminate(at: 1)) == .streamNotFound)
        try history.when(try History.registerPrefix(window: .seconds(5)))
        try history.when(.registerStream(try History.registration()))
        let wrong = History.terminate(at: 1, secret: [UInt8](repeating: 0, count: 36))
        #expect(history.rejection(of: wrong) == .secretMismatch)
        // The prefix's window plays no part.
        history.advance(by: .seconds(60))
        #expect(try history.when(History.terminate(at: 1)).events.count == 1)
        #expect(try history.when(History.terminate(at: 1)).events.isEmpty)
        #expect(history.rejection(of: History.terminate(at: 2)) == .terminatedElsewhere(at: 1))
        #expect(history.stream()?.terminatedAt == history.now)
    }

    @Test func `terminal indexes change as the vectors say`() throws {
        for vector in try Vectors.group("terminal_index.transitions") ?? [] {
            let before = vector.object("before")
            guard before?.has("archived") != true, vector.string("call") != "ArchiveStream",
                before == nil || before?.members.keys.allSatisfy({ $0 == "terminal" }) == true,
                let asked = vector.int("terminal_index")
            else {
                Vectors.notRun("terminal_index.transitions", because: "needs archives")
                continue
            }
            var history = History()
            try history.when(try History.registerPrefix())
            if let before {
                let terminal = before.int("terminal").map { UInt64($0) }
                try history.when(
                    .registerStream(try History.registration(terminalIndex: terminal)))
            }
            let secret =
                vector.bool("bad_secret") == true
                ? [UInt8](repeating: 0, count: 36) : History.secret
            // Negative indexes never reach a decision: the service takes them for "none".
            let mutation: CoordinatorMutation
            if vector.string("call") == "RegisterStream" {
                mutation = .registerStream(
                    try History.registration(terminalIndex: asked < 0 ? nil : UInt64(asked)))
            } else if asked >= 0 {
                mutation = History.terminate(at: UInt64(asked), secret: secret)
            } else {
                continue
            }
            let isFine = history.rejection(of: mutation) == nil
            #expect(isFine == (vector.string("code") == "OK"), "\(vector.members)")
            if isFine { try history.when(mutation) }
            let after = vector.object("after")?.int("terminal").map { UInt64($0) }
            if vector.object("after") != nil {
                #expect(history.stream()?.terminalIndex == after, "\(vector.members)")
            }
        }
    }
}
