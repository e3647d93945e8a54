import ButlerProtocol
import ByteCoding
import Foundation
import LogDogProtos
import Platform
import TestSupport
import Testing

@testable import LogDogClient

/// What happens to a command's output between its pipes and the server.
@Suite(.timeLimit(.minutes(5))) struct BundleSenderTests {
    @Test func `what fails in passing is sent again, the same bytes, until it is taken`()
        async throws
    {
        let server = FakeServer([.again("503"), .again("no route"), .accepted])
        let sender = server.sender(streams: ["out"])
        sender.append(Array("hello\n".utf8)[...], to: 0)
        sender.close(0)
        await sender.run()
        #expect(server.messages.count == 3)
        #expect(Set(server.messages).count == 1)
        #expect(server.pauses == [.milliseconds(100), .milliseconds(200)])
        #expect(sender.dropped.isEmpty)
        #expect(try server.output() == ["out": "hello\n"])
    }

    @Test func `pauses between attempts grow to two seconds and no further`() async throws {
        let server = FakeServer(Array(repeating: .again("down"), count: 8) + [.accepted])
        let sender = server.sender(streams: ["out"])
        sender.append([10], to: 0)
        sender.close(0)
        await sender.run()
        let longest = Duration.seconds(2)
        #expect(server.pauses.count == 8)
        #expect(server.pauses.suffix(3) == [longest, longest, longest])
    }

    @Test func `a refusal for good is told, and what comes after it is sent all the same`()
        async throws
    {
        let server = FakeServer([.dropped("no such project")])
        let sender = server.sender(streams: ["out"])
        sender.append(Array("a\n".utf8)[...], to: 0)
        let sending = Task { await sender.run() }
        await server.received(1)
        sender.append(Array("b\n".utf8)[...], to: 0)
        sender.close(0)
        await sending.value
        #expect(sender.dropped == ["no such project"])
        #expect(try server.output() == ["out": "a\nb\n"])
    }

    @Test func `at the bound the writer waits until something is taken`() async throws {
        let server = FakeServer([.again("busy"), .again("busy"), .accepted])
        let sender = server.sender(streams: ["out"], bound: 1000)
        let line = [UInt8](repeating: 97, count: 599) + [10]
        sender.append(line[...], to: 0)
        let writer = Thread {
            sender.append(line[...], to: 0)
            server.note("second line in")
            sender.close(0)
        }
        writer.start()
        await sender.run()
        #expect(server.notes == ["again", "again", "accepted", "second line in", "accepted"])
        #expect(try server.output()["out"]?.utf8.count == 1200)
    }

    @Test func `more than the bound at once goes through when nothing else waits`() async throws {
        let server = FakeServer([])
        let sender = server.sender(streams: ["out"], bound: 10)
        sender.append([UInt8](repeating: 10, count: 5000)[...], to: 0)
        sender.close(0)
        await sender.run()
        #expect(try server.output()["out"]?.utf8.count == 5000)
    }

    @Test func `a stream without output is never announced, and each other one ends once`()
        async throws
    {
        let server = FakeServer([])
        let sender = server.sender(streams: ["out", "err"])
        sender.append(Array("x\ny".utf8)[...], to: 0)
        sender.close(1)
        sender.close(0)
        await sender.run()
        #expect(try server.output() == ["out": "x\ny"])
        let parts = try server.bundles().flatMap(\.entries)
        let ends = parts.filter(\.terminal)
        let indexes = parts.flatMap { $0.logs.map(\.streamIndex) }
        #expect(ends.map(\.desc.name) == ["out"])
        #expect(ends.map(\.terminalIndex) == indexes.suffix(1))
        #expect(indexes == Array(0..<UInt64(indexes.count)))
    }

    @Test func `who is cancelled stops sending`() async throws {
        let server = FakeServer(Array(repeating: .again("down"), count: 1_000_000))
        let sender = server.sender(streams: ["out"])
        sender.append([10], to: 0)
        sender.close(0)
        let sending = Task { await sender.run() }
        await server.received(1)
        sending.cancel()
        await sending.value
        #expect(server.messages.count < 1_000_000)
    }
}

/// Takes messages as it was told to, and all further ones.
private final class FakeServer: Sendable {
    private struct State {
        var answers: ArraySlice<BundleSender.Delivery>
        var last = BundleSender.Delivery.accepted
        var messages: [[UInt8]] = []
        var pauses: [Duration] = []
        var notes: [String] = []
        var waiters: [(count: Int, caller: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Lock<State>

    init(_ answers: [BundleSender.Delivery]) { state = Lock(State(answers: answers[...])) }

    var messages: [[UInt8]] { state.withLock { $0.messages } }
    var notes: [String] { state.withLock { $0.notes } }
    /// Between attempts; the pauses in which more output is gathered are left out.
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func note(_ text: String) { state.withLock { $0.notes.append(text) } }

    func sender(streams: [String], bound: Int = 1 << 20) -> BundleSender {
        BundleSender(
            .init(project: "p", prefix: "a", secret: [UInt8](repeating: 1, count: 36)),
            streams: streams, bound: bound, clock: ManualClock(),
            pause: { [self] duration in
                try Task.checkCancellation()
                state.withLock { state in
                    if case .again = state.last { state.pauses.append(duration) }
                }
                await Task.yield()
            },
            deliver: { [self] message in take(message) })
    }

    private func take(_ message: [UInt8]) -> BundleSender.Delivery {
        let (answer, waiters) = state.withLock { state in
            let answer = state.answers.popFirst() ?? .accepted
            state.messages.append(message)
            state.last = answer
            switch answer {
            case .accepted: state.notes.append("accepted")
            case .again: state.notes.append("again")
            case .dropped: state.notes.append("dropped")
            }
            let ready = state.waiters.filter { $0.count <= state.messages.count }
            state.waiters.removeAll { $0.count <= state.messages.count }
            return (answer, ready)
        }
        for waiter in waiters { waiter.caller.resume() }
        return answer
    }

    /// Returns once `count` messages have come.
    func received(_ count: Int) async {
        await withCheckedContinuation { caller in
            let isThere = state.withLock { state in
                if state.messages.count >= count { return true }
                state.waiters.append((count, caller))
                return false
            }
            if isThere { caller.resume() }
        }
    }

    /// What came, without repeats.
    func bundles() throws -> [Logpb_ButlerLogBundle] {
        var bundles: [Logpb_ButlerLogBundle] = []
        var last: [UInt8] = []
        for message in messages where message != last {
            last = message
            var reader = ByteReader(message)
            let read = try #require(try BundleMessage.next(from: &reader, Inflater()))
            bundles.append(try Logpb_ButlerLogBundle(serializedBytes: Array(read.body)))
        }
        return bundles
    }

    /// The text of each stream.
    func output() throws -> [String: String] {
        var output: [String: String] = [:]
        for part in try bundles().flatMap(\.entries) {
            for line in part.logs.flatMap(\.text.lines) {
                output[part.desc.name, default: ""] +=
                    String(decoding: line.value, as: UTF8.self) + line.delimiter
            }
        }
        return output
    }
}
