import Coordinator
import Journal
import Platform
import Testing

struct ArchiveStreamTests {
    @Test func `an open stream that is archived ends at the reported index`() throws {
        var history = try History.withStream()
        try history.when(.deliver(try History.part(count: 4)))
        history.wait(.seconds(9))
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        let stream = try #require(history.stream())
        #expect(stream.archivalState == .archivedComplete)
        #expect(stream.terminalIndex == 3)
        #expect(stream.terminatedAt == history.now)
        #expect(stream.updated == history.now)
        #expect(stream.archivalKey == [])
        #expect(stream.archive?.stream == ArchiveObject(url: "gs://b/entries", size: 100))
        #expect(stream.received == ReceivedRanges())
    }

    @Test func `the report replaces the index of a terminated stream, and not its time`() throws {
        var history = try History.withStream(terminalIndex: 20)
        let terminated = history.now
        history.wait(.seconds(9))
        try history.when(.archiveStream(History.report(entries: 2, through: 13)))
        let stream = try #require(history.stream())
        #expect(stream.terminalIndex == 13)
        #expect(stream.terminatedAt == terminated)
        #expect(stream.archivalState == .archivedPartial)
    }

    @Test(arguments: [nil, 5] as [UInt64?])
    func `who archives all that there is does not leave out what came late`(
        _ terminalIndex: UInt64?
    ) throws {
        var history = try History.withStream(terminalIndex: terminalIndex)
        try history.when(.deliver(try History.part(count: 4)))
        var report = History.report(entries: 3, through: 2)
        report.countsAll = true
        #expect(history.refusal(of: .archiveStream(report)) == .archiveOutdated)
        report.isFailure = true
        #expect(history.refusal(of: .archiveStream(report)) == nil)
        report = History.report(entries: 4, through: 3)
        report.countsAll = true
        // What lies behind the end is not archived.
        if terminalIndex != nil {
            try history.when(.deliver(try History.part(first: 7, count: 2)))
        }
        #expect(history.refusal(of: .archiveStream(report)) == nil)
    }

    @Test func `the first report stays`() throws {
        var history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        let stored = history.stream()
        history.wait(.seconds(1))
        for report in [
            History.report(entries: 4, through: 3), History.report(entries: 9, through: 9),
        ] {
            #expect(try history.when(.archiveStream(report)).events == [])
        }
        #expect(history.stream() == stored)
    }

    @Test func `a failed archival counts as an empty archive, with the files it names`() throws {
        var history = try History.withStream(terminalIndex: 3)
        try history.when(.archiveStream(History.report(entries: 4, through: 3, fails: true)))
        let stream = try #require(history.stream())
        #expect(stream.archivalState == .archivedComplete)
        #expect(stream.terminalIndex == nil && stream.isTerminated)
        #expect(stream.archive?.entryCount == 0)
        #expect(stream.archive?.index.url == "gs://b/index")
    }

    @Test func `what comes after the archival is dropped, and never received`() throws {
        var history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        let stored = history.stream()
        let part = CoordinatorMutation.deliver(try History.part(count: 9, terminalIndex: 8))
        #expect(try history.when(part).reply == .delivered(.dropped(.archived)))
        let id = try #require(stored?.id)
        var state = history.state
        CoordinatorMachine().restore(
            Run(subject: id.record.rawValue, first: 0, count: 4), in: &state)
        #expect(state == history.state)
    }

    @Test func `a stream may be named by identity`() throws {
        var history = try History.withStream()
        var report = History.report(entries: 1, through: 0)
        report.target = .identity(StreamID(record: RecordNumber(rawValue: 77)))
        #expect(history.refusal(of: .archiveStream(report)) == .streamNotFound)
        report.target = .identity(try #require(history.stream()?.id))
        try history.when(.archiveStream(report))
        #expect(history.stream()?.archive != nil)
    }

    @Test func `no index or count lies beyond what the wire can say`() throws {
        let history = try History.withStream()
        let beyond = StreamState.lastIndex + 1
        for report in [
            History.report(entries: beyond, through: 0),
            History.report(entries: 0, through: beyond),
        ] {
            #expect(history.refusal(of: .archiveStream(report)) == .indexOutOfRange)
        }
    }
}
