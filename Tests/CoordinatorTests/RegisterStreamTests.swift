import Coordinator
import LogDogModel
import Platform
import Testing

struct RegisterStreamTests {
    @Test func `a new stream is open, tasked, and due in 48 hours`() throws {
        var history = try History.withPrefix()
        let outcome = try history.when(.registerStream(try History.registration()))
        let stream = try #require(history.stream())
        #expect(outcome.reply == .stream(stream))
        #expect(outcome.events == [.streamRegistered(stream)])
        #expect(stream.prefix == history.registeredPrefix?.id)
        #expect(stream.path.text == "builds/1/+/stdout")
        #expect(stream.secret == History.secret)
        #expect(stream.created == history.now)
        #expect(stream.updated == history.now)
        #expect(stream.terminalIndex == nil)
        #expect(stream.archivalKey == [0x31])
        #expect(outcome.scheduled.map(\.due) == [history.now.adding(.seconds(172_800))])
    }

    @Test func `a stream may be registered as terminated, and is due in 5 minutes`() throws {
        var history = try History.withPrefix()
        let outcome = try history.when(
            .registerStream(try History.registration(terminalIndex: 0)))
        let stream = try #require(history.stream())
        #expect(stream.terminalIndex == 0)
        #expect(stream.terminatedAt == history.now)
        #expect(outcome.scheduled.map(\.due) == [history.now.adding(.seconds(300))])
    }

    @Test func `a repeat changes nothing, whatever it contains`() throws {
        var history = try History.withStream()
        let stored = try #require(history.stream())
        history.wait(.seconds(60))
        var again = try History.registration(terminalIndex: 7)
        again.timers.open = .seconds(1)
        let outcome = try history.when(.registerStream(again))
        #expect(outcome.reply == .stream(stored))
        #expect(outcome.events == [])
        #expect(outcome.scheduled.isEmpty)
    }

    @Test func `the timers that come with the mutation count`() throws {
        var history = try History.withPrefix()
        var registration = try History.registration()
        registration.timers = ArchivalTimers(terminated: .seconds(1), open: .seconds(2))
        let outcome = try history.when(.registerStream(registration))
        #expect(outcome.scheduled.map(\.due) == [history.now.adding(.seconds(2))])
    }

    @Test func `a stream needs its prefix`() throws {
        let history = try History.withPrefix()
        let registration = try History.registration(prefix: "other")
        #expect(history.refusal(of: .registerStream(registration)) == .prefixNotRegistered)
        var elsewhere = try History.registration()
        elsewhere.project = "other"
        #expect(history.refusal(of: .registerStream(elsewhere)) == .prefixNotRegistered)
    }

    @Test func `a closed prefix takes neither new nor repeated registrations`() throws {
        var history = try History.withStream()
        history.wait(History.window - .microseconds(1))
        #expect(history.refusal(of: .registerStream(try History.registration())) == nil)
        history.wait(.microseconds(1))
        for name in ["stdout", "new"] {
            let registration = try History.registration(name: name)
            #expect(history.refusal(of: .registerStream(registration)) == .prefixExpired)
        }
    }

    @Test func `checks run in the documented order`() throws {
        var history = try History.withPrefix()
        var registration = try History.registration(
            secret: History.otherSecret, protoVersion: "2")
        #expect(
            history.refusal(of: .registerStream(registration)) == .unrecognizedProtoVersion("2"))
        registration.protoVersion = "1"
        #expect(history.refusal(of: .registerStream(registration)) == .secretMismatch)
        history.wait(History.window)
        #expect(history.refusal(of: .registerStream(registration)) == .prefixExpired)
    }

    @Test func `a secret of another length is refused`() throws {
        let history = try History.withStream()
        for secret in [[], Array(repeating: UInt8(7), count: 35)] {
            let registration = try History.registration(secret: secret)
            #expect(history.refusal(of: .registerStream(registration)) == .secretMismatch)
        }
    }

    @Test func `no index lies beyond what the wire can say`() throws {
        let history = try History.withPrefix()
        let highest = try History.registration(terminalIndex: StreamState.lastIndex)
        #expect(history.refusal(of: .registerStream(highest)) == nil)
        let beyond = try History.registration(terminalIndex: StreamState.lastIndex + 1)
        #expect(history.refusal(of: .registerStream(beyond)) == .indexOutOfRange)
    }
}
