import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import Coordinator

/// Streams that have been kept for long enough leave with their archives; what is held stays.
struct RetentionTests {
    private static let life = ExpiryRule.recordLife

    private static func expiry(
        of history: History, by rule: ExpiryRule = ExpiryRule()
    ) throws -> CoordinatorMutation {
        let prefix = try #require(history.registeredPrefix)
        return .expireStreams(
            ExpireStreams(of: prefix.id, history.state.streams.keys.sorted(), by: rule))
    }

    @Test func `a stream leaves at its age and not before, with its deadlines; the prefix stays`()
        throws
    {
        var history = try History.withStream()
        history.wait(Self.life - .microseconds(1))
        #expect(try history.when(try Self.expiry(of: history)).events.isEmpty)
        #expect(history.stream() != nil)
        history.wait(.microseconds(1))
        let id = try #require(history.stream()?.id)
        #expect(try history.when(try Self.expiry(of: history)).reply == .expired([id]))
        #expect(history.stream() == nil && history.registeredPrefix != nil)
        #expect(history.pending.isEmpty)
        #expect(try history.when(try Self.expiry(of: history)).events.isEmpty)
    }

    @Test func `an archive leaves at its own age, or to make room; an open stream does not`() throws
    {
        var history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        let archived = try #require(history.stream()?.id)
        try history.when(.registerStream(try History.registration(name: "open")))
        let short = ExpiryRule(archiveAge: .seconds(100))
        history.wait(.seconds(99))
        #expect(try history.when(try Self.expiry(of: history, by: short)).events.isEmpty)
        let room = ExpiryRule(makesRoom: true)
        var other = history
        #expect(try other.when(try Self.expiry(of: other, by: room)).reply == .expired([archived]))
        history.wait(.seconds(1))
        #expect(
            try history.when(try Self.expiry(of: history, by: short)).reply
                == .expired([archived]))
        #expect(history.stream("open") != nil && other.stream("open") != nil)
    }

    @Test func `what an archivist holds, and what is of another prefix, stays`() throws {
        var history = try History.withStream(terminalIndex: 0)
        history.wait(.seconds(300))
        _ = try history.fireDue()
        history.wait(Self.life)
        try history.when(
            .leaseArchiveTasks(LeaseArchiveTasks(limit: 10, duration: .seconds(600))))
        #expect(try history.when(try Self.expiry(of: history)).events.isEmpty)
        let stream = try #require(history.stream()?.id)
        var claim = try History.claim(prefix: "other")
        claim.secret = try #require(Secret(History.otherSecret))
        try history.when(.registerPrefix(claim))
        let key = PrefixKey(project: History.project, hash: .ofPrefix("other"))
        let other = try #require(history.state.prefix(key))
        let wrong = CoordinatorMutation.expireStreams(
            ExpireStreams(of: other.id, [stream], by: ExpiryRule()))
        #expect(try history.when(wrong).events.isEmpty)
    }

    @Test func `a held prefix loses nothing, and is not deleted, until the hold is taken away`()
        throws
    {
        var history = try History.withStream()
        let prefix = try #require(history.registeredPrefix)
        let before = history.machine.digest(of: history.state)
        try history.when(.holdPrefix(HoldPrefix(prefix.id, isHeld: true)))
        #expect(history.registeredPrefix?.held == history.now)
        #expect(history.machine.digest(of: history.state) != before)
        #expect(try history.when(.holdPrefix(HoldPrefix(prefix.id, isHeld: true))).events == [])
        history.wait(Self.life)
        #expect(history.refusal(of: try Self.expiry(of: history)) == .prefixHeld)
        let deletion = CoordinatorMutation.deletePrefix(DeletePrefix(prefix: prefix.id))
        #expect(history.refusal(of: deletion) == .prefixHeld)
        try history.when(.holdPrefix(HoldPrefix(prefix.id, isHeld: false)))
        #expect(history.machine.digest(of: history.state) == before)
        #expect(history.refusal(of: try Self.expiry(of: history)) == nil)
        try history.when(deletion)
        let late = CoordinatorMutation.holdPrefix(HoldPrefix(prefix.id, isHeld: true))
        #expect(history.refusal(of: late) == .prefixNotFound)
    }

    @Test func `while retention is paused nothing leaves by it`() throws {
        var history = try History.withStream()
        history.wait(Self.life)
        try history.when(.pauseRetention(PauseRetention(isPaused: true)))
        #expect(history.state.retention == RetentionState(isPaused: true, since: history.now))
        #expect(history.refusal(of: try Self.expiry(of: history)) == .retentionPaused)
        #expect(try history.when(.pauseRetention(PauseRetention(isPaused: true))).events == [])
        try history.when(.pauseRetention(PauseRetention(isPaused: false)))
        #expect(history.refusal(of: try Self.expiry(of: history)) == nil)
    }

    @Test(arguments: [true, false])
    func `objects go once their stream has left, again and again until that is done`(
        _ byDeletion: Bool
    ) throws {
        var history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        let stream = try #require(history.stream())
        if byDeletion {
            try history.deletePrefix()
            _ = try history.fireDue()
        } else {
            history.wait(Self.life)
            try history.when(try Self.expiry(of: history))
        }
        let removal = RemoveArchives(
            of: stream.prefix,
            [
                DoomedArchive(
                    stream: stream.id, project: History.project, path: stream.path,
                    urls: ["gs://b/entries", "gs://b/index"])
            ])
        for _ in 0..<3 {
            #expect(history.pending.map(\.name) == [removal.name])
            let decision = try history.machine.decide(
                .removeArchives(removal), in: history.state, at: history.now,
                next: RecordNumber(rawValue: 99))
            #expect(decision.effects == [.removeArchives(removal)] && decision.events.isEmpty)
            _ = try history.fireDue()
            history.wait(RemoveArchives.repetition)
        }
        try history.when(.archivesRemoved(ArchivesRemoved(removal)))
        #expect(history.pending.isEmpty)
    }

    @Test func `a deadline of an earlier version for old streams does nothing any more`() throws {
        var history = try History.withStream()
        let prefix = try #require(history.registeredPrefix)
        history.wait(Self.life + History.window)
        let old = CoordinatorMutation.removeStreams(RemoveStreams(of: prefix.id, reason: .expired))
        #expect(try history.when(old).events.isEmpty)
        #expect(history.stream() != nil)
    }

    @Test func `holds and pauses are stored as EventFormat says`() throws {
        let time = Timestamp(microseconds: 1_700_000_002_000_000)
        let prefix = PrefixID(record: RecordNumber(rawValue: 300))
        let golden: [(CoordinatorEvent, UInt8, [UInt8])] = [
            (.prefixHeld(prefix: prefix, held: true, at: time), 49, [0xac, 0x02, 0x01]),
            (.retentionPaused(RetentionState(isPaused: true, since: time)), 50, [0x01]),
        ]
        let machine = CoordinatorMachine()
        for (event, kind, head) in golden {
            var payload: [UInt8] = []
            #expect(machine.encode(event, into: &payload).kind.rawValue == kind)
            #expect(payload == head + [0x80, 0xc4, 0x3c, 0x18, 0x24, 0x0a, 0x06, 0x00])
            let record = Record(
                number: RecordNumber(rawValue: 301), kind: RecordKind(rawValue: kind), version: 1,
                payload: payload[...])
            #expect(try machine.decode(record) == event)
        }
    }
}
