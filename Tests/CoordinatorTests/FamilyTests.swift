import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import Coordinator

/// Families leave the state's memory and come back, by the rules of `CoordinatorState+Families`.
struct FamilyTests {
    private static let grace = Duration.seconds(86_400)

    /// A prefix that closes in an hour, with one archived stream.
    private func finished(_ history: inout History) throws -> PrefixID {
        guard
            case .prefix(let prefix) = try history.when(
                .registerPrefix(try History.claim(prefix: "p", window: .seconds(3600)))
            ).reply
        else { throw Unexpected() }
        guard
            case .stream(let stream) = try history.when(
                .registerStream(try History.registration(name: "s", prefix: "p"))
            ).reply
        else { throw Unexpected() }
        let object = ArchiveObject(url: "archive:///s", size: 1)
        try history.when(
            .archiveStream(
                ArchiveStream(
                    .identity(stream.id), terminalIndex: nil, entryCount: 0, stream: object,
                    index: object)))
        return prefix.id
    }

    private struct Unexpected: Error {}

    private func sweep(_ history: History, applied: UInt64, kept: UInt64) -> Sweep {
        Sweep(
            now: history.now, applied: RecordNumber(rawValue: applied),
            kept: RecordNumber(rawValue: kept), grace: Self.grace)
    }

    private func family(_ id: PrefixID, of state: CoordinatorState) throws -> Family {
        let prefix = try #require(state.prefixes[id])
        return Family(
            prefix: prefix, streams: state.streams.values.filter { $0.prefix == id })
    }

    @Test func `leaving and coming back change neither the digest nor what is there`() throws {
        var history = History()
        let id = try finished(&history)
        history.wait(.seconds(2 * 86_400))
        let before = history.state
        let family = try family(id, of: before)
        var state = before
        #expect(state.evict(sweep(history, applied: 10, kept: 10)).families.isEmpty)
        let evicted = state.evict(sweep(history, applied: 11, kept: 10)).families
        #expect(evicted.map(\.prefix) == [id])
        #expect(evicted.flatMap(\.streams) == family.streams.map(\.id))
        state.checkInvariants()
        #expect(state.digest == before.digest)
        #expect(state.streams.isEmpty && state.prefixes.isEmpty && !state.isWhole)
        #expect(state.isMissing(.prefixID(id)))
        state.admit(family)
        state.checkInvariants()
        #expect(state == before && state.isWhole)
    }

    @Test func `a family stays until the store holds its last event`() throws {
        var history = History()
        _ = try finished(&history)
        history.wait(.seconds(2 * 86_400))
        var state = history.state
        for _ in 0..<3 {
            #expect(state.evict(sweep(history, applied: 10, kept: 9)).families.isEmpty)
        }
        #expect(state.evict(sweep(history, applied: 12, kept: 10)).families.count == 1)
    }

    @Test func `a family that is touched while it is about to leave waits anew`() throws {
        var history = History()
        let id = try finished(&history)
        history.wait(.seconds(2 * 86_400))
        var state = history.state
        #expect(state.evict(sweep(history, applied: 10, kept: 10)).families.isEmpty)
        let stream = try #require(state.streams.values.first)
        try history.machine.apply(
            .streamPurged(stream: stream.id, purged: true, at: history.now),
            numbered: RecordNumber(rawValue: 11), to: &state)
        #expect(state.evict(sweep(history, applied: 11, kept: 10)).families.isEmpty)
        #expect(state.evict(sweep(history, applied: 11, kept: 10)).families.isEmpty)
        #expect(state.evict(sweep(history, applied: 11, kept: 11)).families.map(\.prefix) == [id])
    }

    @Test func `a prefix that left the state for good is not taken back from a store behind`()
        throws
    {
        var history = History()
        let first = try finished(&history)
        history.wait(.seconds(2 * 86_400))
        var state = history.state
        let old = try family(first, of: state)
        // Something is cold from here on.
        _ = state.evict(sweep(history, applied: 10, kept: 10))
        _ = state.evict(sweep(history, applied: 10, kept: 10))
        state.admit(old)
        let id = try #require(state.prefixes.keys.first)
        let other = PrefixState(
            id: PrefixID(record: RecordNumber(rawValue: 20)), project: "other", prefix: "q",
            hash: .ofPrefix("q"), realm: nil, source: [], secret: old.prefix.secret, nonce: [],
            created: .zero, expires: .zero)
        state.insert(other)
        _ = state.evict(sweep(history, applied: 21, kept: 21))
        try history.machine.apply(
            .prefixDeleted(prefix: id, at: history.now), numbered: RecordNumber(rawValue: 22),
            to: &state)
        try history.machine.apply(
            .streamsRemoved(prefix: id, streams: old.streams.map(\.id), prefixToo: true),
            numbered: RecordNumber(rawValue: 23), to: &state)
        state.admit(old)
        #expect(state.prefixes[id] == nil)
        #expect(state.isGone(id))
        // Once the store knows, it has nothing to give any more, and nothing is kept of it.
        _ = state.evict(sweep(history, applied: 23, kept: 22))
        #expect(state.isGone(id))
        _ = state.evict(sweep(history, applied: 24, kept: 24))
        #expect(!state.isGone(id))
    }

    @Test func `a stream that is open, tasked or young keeps its family in memory`() throws {
        var history = History()
        let id = try finished(&history)
        let state = history.state
        let family = try family(id, of: state)
        func isFinished(after duration: Duration, grace: Duration = Self.grace) -> Bool {
            Family.isFinished(
                family.prefix, family.streams, at: history.now.adding(duration), grace: grace)
        }
        #expect(!isFinished(after: .seconds(3599), grace: .zero))
        #expect(isFinished(after: .seconds(3600), grace: .zero))
        #expect(!isFinished(after: Self.grace - .seconds(1)))
        #expect(isFinished(after: Self.grace))
        try history.when(.registerStream(try History.registration(name: "t", prefix: "p")))
        let open = try self.family(id, of: history.state)
        #expect(
            !Family.isFinished(
                open.prefix, open.streams, at: history.now.adding(.seconds(9 * 86_400)),
                grace: Self.grace))
    }
}
