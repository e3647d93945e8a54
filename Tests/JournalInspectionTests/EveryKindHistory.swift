import ByteCoding
import Coordinator
import Journal
import LogDogModel
import Platform
import Testing
import Tumble

/// What happens in `EveryKindJournal`: two prefixes with a stream each, in two projects.
enum EveryKindHistory {
    static let stream = StreamID(record: RecordNumber(rawValue: 2))

    static func begin(_ script: inout JournalScript) throws {
        let first = try prefix(script.next, "proj", "builds/1")
        try script.commit([
            .event(.prefixRegistered(first)),
            .event(.streamRegistered(try stream(script.next.next, of: first, "stdout"))),
            .processor(
                .scheduled(id: RecordNumber(rawValue: 3), dispatch(stream, .expired))),
        ])
        let second = try prefix(script.next, "other", "nightly/7")
        try script.commit([
            .event(.prefixRegistered(second)),
            .event(.streamRegistered(try stream(script.next.next, of: second, "a/b"))),
        ])
    }

    static func end(_ script: inout JournalScript, terminalIndex: UInt64) throws {
        let now = script.clock.wall()
        let scheduled = script.next.next
        try script.commit([
            .event(.streamTerminated(stream: stream, index: terminalIndex, at: now)),
            .processor(.scheduled(id: scheduled, dispatch(stream, .terminated))),
        ])
        let task = TaskID(record: script.next.next)
        try script.commit([
            .processor(.fired(id: scheduled, refused: nil)),
            .event(.archivalTasked(stream: stream, reason: .terminated, at: now)),
            .processor(.cancelled(id: RecordNumber(rawValue: 3))),
        ])
        try archive(task, in: &script, terminalIndex: terminalIndex)
        let other = PrefixID(record: RecordNumber(rawValue: 4))
        let gone = StreamID(record: RecordNumber(rawValue: 5))
        try script.commit([
            .event(.streamPurged(stream: gone, purged: true, at: now)),
            .event(.prefixDeleted(prefix: other, at: now)),
            .event(.streamsRemoved(prefix: other, streams: [gone], prefixToo: true)),
        ])
        try classicLife(in: &script, at: now)
        let first = PrefixID(record: RecordNumber(rawValue: 1))
        try script.commit([
            .event(.prefixHeld(prefix: first, held: true, at: now)),
            .event(.retentionPaused(RetentionState(isPaused: true, since: now))),
        ])
        try script.commit([
            .event(
                .configurationChanged(
                    ConfigurationState(
                        hash: [UInt8](repeating: 0xc0, count: 32), text: "archive: none\n",
                        since: now))),
            .processor(.clockReset(to: now)),
        ])
        try script.commit([
            .processor(
                .digest(try digest(of: script), version: script.machine.digestVersion))
        ])
    }

    /// A stream of the classic dialect comes due.
    private static func classicLife(in script: inout JournalScript, at now: Timestamp) throws {
        let first = try prefix(RecordNumber(rawValue: 1), "proj", "builds/1")
        var classic = try stream(script.next, of: first, "classic")
        classic.archivalKey = []
        try script.commit([
            .event(.streamRegistered(classic)),
            .event(
                .archivalPublished(
                    stream: classic.id, reason: .expired, key: [UInt8](repeating: 7, count: 32),
                    terms: ClassicTerms(settle: .seconds(5), complete: .seconds(60)), at: now)),
            .event(
                .storageAccountSet(
                    caller: "user:admin", credential: .ofBytes([1, 2, 3]), at: now)),
        ])
    }

    /// Leased, run out, leased again, given back, and archived at last.
    private static func archive(
        _ task: TaskID, in script: inout JournalScript, terminalIndex: UInt64
    ) throws {
        let until = script.clock.wall().adding(.seconds(600))
        let lease = script.next
        let release = ScheduledMutation<CoordinatorMachine>(
            mutation: .releaseArchival(ReleaseArchival(tasks: [task], heldBy: lease)),
            root: MutationRoot(rawValue: lease.rawValue),
            name: MutationName(rawValue: "archive-release-\(lease)"), due: until)
        try script.commit([
            .event(.archivalLeased(tasks: [task], until: until)),
            .processor(.scheduled(id: lease.next, release)),
        ])
        try script.commit([
            .processor(.fired(id: lease.next, refused: nil)),
            .event(.archivalReleased(tasks: [task])),
        ])
        try script.commit([
            .event(.archivalFailed(task: task, until: until, reason: "the store is away"))
        ])
        let info = ArchiveInfo(
            time: script.clock.wall(), entryCount: terminalIndex + 1,
            stream: ArchiveObject(url: "archive:///proj/entries", size: 1000),
            index: ArchiveObject(url: "archive:///proj/index", size: 100))
        try script.commit([
            .event(.archivalDeleted(tasks: [task])),
            .event(
                .streamArchived(stream: stream, terminalIndex: terminalIndex, archive: info)),
        ])
    }

    /// What replay comes to.
    private static func digest(of script: JournalScript) throws -> StateDigest {
        var replay = ProcessorReplay(script.machine, .initial(script.machine), lossSeen: false)
        try replay.run(script.journal.reader) { _ in }
        return replay.processor.digest
    }

    static func entries(_ first: UInt64, count: UInt64) -> JournalScript.Step {
        var frames: [UInt8] = []
        for index in first..<first + count { RecordIO.append(entry(index), to: &frames) }
        return .event(
            .entriesAppended(
                stream: stream, first: first, entries: frames[...], count: count))
    }

    /// The same in a bundle as its sender deflated it, the secret included.
    static func kept(_ first: UInt64, count: UInt64) throws -> JournalScript.Step {
        var part: [UInt8] = []
        for index in first..<first + count { part.appendWireField(5, bytes: entry(index)) }
        var bundle: [UInt8] = []
        bundle.appendWireField(3, bytes: part)
        let end = bundle.count
        bundle.appendWireField(6, bytes: EveryKindJournal.secret)
        var deflated: [UInt8] = []
        Deflater(level: 6).deflate(bundle[...], into: &deflated)
        let kept = KeptBundle(
            deflated: deflated[...], inflatedLength: KeptBundle.leastLength,
            part: end - part.count..<end)
        return .event(
            .entriesKept(stream: stream, first: first, count: count, bundle: try #require(kept)))
    }

    /// A `LogEntry` of one line that deflates badly, so that a segment is soon full.
    private static func entry(_ index: UInt64) -> [UInt8] {
        var noise = index &* 0x9e37_79b9_7f4a_7c15
        noise ^= noise >> 29
        var line: [UInt8] = []
        line.appendWireField(1, bytes: Array("line \(index) \(noise &* noise)".utf8))
        line.appendWireField(2, bytes: [0x0a])
        var text: [UInt8] = []
        text.appendWireField(1, bytes: line)
        var offset: [UInt8] = []
        offset.appendWireField(1, varint: index)
        var entry: [UInt8] = []
        entry.appendWireField(1, bytes: offset)
        entry.appendWireField(2, varint: index)
        entry.appendWireField(3, varint: index)
        entry.appendWireField(4, varint: index)
        entry.appendWireField(10, bytes: text)
        return entry
    }

    private static func dispatch(
        _ stream: StreamID, _ reason: ArchivalReason
    ) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .dispatchArchival(DispatchArchival(stream: stream, reason: reason)),
            root: MutationRoot(rawValue: stream.record.rawValue),
            name: MutationName(rawValue: "archive-\(reason)-\(stream.record)"),
            due: Timestamp(microseconds: 1_700_000_300_000_000))
    }

    private static func prefix(
        _ number: RecordNumber, _ project: String, _ name: String
    ) throws -> PrefixState {
        PrefixState(
            id: PrefixID(record: number), project: project, prefix: name,
            hash: .ofPrefix(name), realm: "\(project):@legacy", source: ["test"],
            secret: try #require(Secret(EveryKindJournal.secret)), nonce: [],
            created: Timestamp(microseconds: 1_700_000_000_000_000),
            expires: Timestamp(microseconds: 1_700_086_400_000_000))
    }

    private static func stream(
        _ number: RecordNumber, of prefix: PrefixState, _ name: String
    ) throws -> StreamState {
        var stamp: [UInt8] = []
        stamp.appendWireField(1, varint: 1_700_000_000)
        var tag: [UInt8] = []
        tag.appendWireField(1, bytes: Array("k".utf8))
        tag.appendWireField(2, bytes: Array("v".utf8))
        var bytes: [UInt8] = []
        bytes.appendWireField(1, bytes: Array(prefix.prefix.utf8))
        bytes.appendWireField(2, bytes: Array(name.utf8))
        bytes.appendWireField(4, bytes: Array("text/plain".utf8))
        bytes.appendWireField(5, bytes: stamp)
        bytes.appendWireField(6, bytes: tag)
        return StreamState(
            id: StreamID(record: number), prefix: prefix.id, project: prefix.project,
            protoVersion: "1", descriptor: try StreamDescriptor(serialized: bytes),
            secret: prefix.secret, created: prefix.created, updated: prefix.created,
            terminalIndex: nil, terminatedAt: nil, archivalKey: StreamState.taskedKey,
            purged: false, received: ReceivedRanges())
    }
}
