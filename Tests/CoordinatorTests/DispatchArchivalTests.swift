import Coordinator
import Journal
import Platform
import Testing

struct DispatchArchivalTests {
    @Test
    func `a stream's archival comes due 5 minutes after its end and 48 hours after its start`()
        throws
    {
        var history = try History.withStream()
        let id = try #require(history.stream()?.id)
        history.wait(.seconds(60))
        try history.when(.terminateStream(History.termination(at: 0)))
        let before = history.stream()
        history.wait(.seconds(300) - .microseconds(1))
        #expect(try history.fireDue().isEmpty)
        history.wait(.microseconds(1))
        let settled = try history.fireDue().flatMap(\.events)
        #expect(
            settled == [.archivalTasked(stream: id, reason: .terminated, at: history.now)])
        history.wait(.seconds(172_800 - 360))
        let expired = try history.fireDue().flatMap(\.events)
        #expect(expired == [.archivalTasked(stream: id, reason: .expired, at: history.now)])
        #expect(history.pending.isEmpty)
        // A task in the queue changes nothing of the stream.
        #expect(history.stream() == before)
        #expect(history.state.tasks.readyCount == 2)
    }

    @Test func `each deadline of a stream has a name of its own`() throws {
        var history = try History.withStream()
        try history.when(.terminateStream(History.termination(at: 0)))
        try history.when(.registerStream(try History.registration(name: "stderr")))
        let names = Set(history.pending.compactMap(\.name?.rawValue))
        #expect(names == ["archive-expired-2", "archive-settled-2", "archive-expired-4"])
    }

    @Test func `the archival of a stream that is not there is refused`() {
        let unknown = DispatchArchival(
            stream: StreamID(record: RecordNumber(rawValue: 9)), reason: .expired)
        #expect(History().refusal(of: .dispatchArchival(unknown)) == .streamNotFound)
    }
}
