import Platform
import Testing

@testable import Coordinator

/// Every row of the tables by which prefixes and streams live (`spec/lifecycle.md §3`), as far as
/// this server has them.
private enum Row: String, CaseIterable {
    case prefixClaimed, prefixRepeated, prefixConflicts, prefixRefusesWhenClosed
    case streamRegisteredOpen, streamRegisteredTerminated, streamRepeated
    case openTerminates, terminatedRepeats, terminatedConflicts
    case deliveryRegistersOpen, deliveryRegistersTerminated, deliveryAppends, deliveryTerminates
    case deliveryRepeatsEnd, deliveryPassesOverOtherEnd, deliveryDropped
    case archivalExpires, archivalSettles
    case taskLeased, taskReleased, taskFailed, taskDeleted
    case archivedComplete, archivedPartial, archivalFailedForGood, archivedRepeats
    case terminatedRepeatsAfterArchival, terminatedConflictsAfterArchival
    case deliveryTooLate, dispatchComesTooLate
    case classicExpires, classicSettles, classicRefusesReport, classicPublishesOnce
    case streamPurged, streamShown, prefixDeleted, streamsRemoved, streamsExpired
}

struct TransitionTests {
    @Test func `no row of the life cycles is never taken`() throws {
        var taken: Set<Row> = []
        try Self.livePrefix { taken.insert($0) }
        try Self.liveStream { taken.insert($0) }
        try Self.liveDelivery { taken.insert($0) }
        try Self.liveTask { taken.insert($0) }
        try Self.liveArchive { taken.insert($0) }
        try Self.liveRemoval { taken.insert($0) }
        try Self.liveClassic { taken.insert($0) }
        let neverTaken = Row.allCases.filter { !taken.contains($0) }
        #expect(neverTaken == [])
    }

    @Test func `the terminal table has one outcome for each pair`() {
        typealias Row = TerminalTransition
        #expect(Row(of: nil, isTerminated: false, to: 3) == .terminates)
        #expect(Row(of: 3, isTerminated: true, to: 3) == .repeats)
        #expect(Row(of: 4, isTerminated: true, to: 3) == .conflicts(stored: 4))
        #expect(Row(of: nil, isTerminated: true, to: 3) == .conflicts(stored: nil))
    }

    @Test func `the archival table has one outcome for each state`() {
        #expect(ArchivalTransition(of: .notArchived) == .refused)
        #expect(ArchivalTransition(of: .tasked) == .archives)
        #expect(ArchivalTransition(of: .archivedPartial) == .repeats)
        #expect(ArchivalTransition(of: .archivedComplete) == .repeats)
    }

    private static func livePrefix(_ took: (Row) -> Void) throws {
        var history = History()
        let claim = try History.claim(nonce: Array(repeating: 1, count: 32))
        if try history.when(.registerPrefix(claim)).events.count == 1 { took(.prefixClaimed) }
        if try history.when(.registerPrefix(claim)).events.isEmpty { took(.prefixRepeated) }
        let other = try History.claim(nonce: [])
        if history.refusal(of: .registerPrefix(other)) == .prefixAlreadyExists {
            took(.prefixConflicts)
        }
        history.wait(History.window)
        let registration = try History.registration()
        if history.refusal(of: .registerStream(registration)) == .prefixExpired {
            took(.prefixRefusesWhenClosed)
        }
    }

    private static func liveStream(_ took: (Row) -> Void) throws {
        var history = try History.withPrefix()
        let open = CoordinatorMutation.registerStream(try History.registration())
        try history.when(open)
        if history.stream().map({ $0.terminalIndex == nil }) == true { took(.streamRegisteredOpen) }
        if try history.when(open).events.isEmpty { took(.streamRepeated) }
        try history.when(.registerStream(try History.registration(name: "b", terminalIndex: 1)))
        if history.stream("b")?.terminalIndex == 1 { took(.streamRegisteredTerminated) }
        let termination = CoordinatorMutation.terminateStream(History.termination(at: 3))
        if try history.when(termination).events.count == 1 { took(.openTerminates) }
        if try history.when(termination).events.isEmpty { took(.terminatedRepeats) }
        if history.refusal(of: .terminateStream(History.termination(at: 4)))
            == .terminatedElsewhere(at: 3)
        {
            took(.terminatedConflicts)
        }
        history.wait(.seconds(172_800))
        for event in try history.fireDue().flatMap(\.events) {
            if case .archivalTasked(_, .expired, _) = event { took(.archivalExpires) }
            if case .archivalTasked(_, .terminated, _) = event { took(.archivalSettles) }
        }
    }

    private static func liveTask(_ took: (Row) -> Void) throws {
        var history = try History.withStream(terminalIndex: 0)
        history.wait(.seconds(300))
        _ = try history.fireDue()
        let lease = CoordinatorMutation.leaseArchiveTasks(
            LeaseArchiveTasks(limit: 9, duration: .seconds(60)))
        let leased = try history.when(lease)
        if case .archivalLeased? = leased.events.first { took(.taskLeased) }
        history.wait(.seconds(60))
        let released = try history.fireDue().flatMap(\.events)
        if case .archivalReleased? = released.first { took(.taskReleased) }
        guard case .leased(let tasks) = try history.when(lease).reply, let task = tasks.first,
            let hold = task.task.hold
        else { return }
        let failure = FailArchival(task: task.task.id, lease: hold, reason: "no disk")
        if case .archivalFailed? = try history.when(.failArchival(failure)).events.first {
            took(.taskFailed)
        }
        let deletion = DeleteArchiveTasks(tasks: [task.task.id])
        if case .archivalDeleted? = try history.when(.deleteArchiveTasks(deletion)).events.first {
            took(.taskDeleted)
        }
    }

    private static func liveClassic(_ took: (Row) -> Void) throws {
        var termination = History.termination(at: 3)
        termination.timers = History.classicTimers
        for terminates in [false, true] {
            var history = try History.withClassicStream()
            let report = CoordinatorMutation.archiveStream(
                History.report(entries: 4, through: 3))
            if history.refusal(of: report) == .archivalNotTasked { took(.classicRefusesReport) }
            if terminates { try history.when(.terminateStream(termination)) }
            history.wait(.seconds(86_400))
            for event in try history.fireDue().flatMap(\.events) {
                if case .archivalPublished(_, .expired, _, _, _) = event { took(.classicExpires) }
                if case .archivalPublished(_, .terminated, _, _, _) = event {
                    took(.classicSettles)
                }
            }
            if terminates { continue }
            try history.when(.terminateStream(termination))
            history.wait(.seconds(5))
            if try history.fireDue().flatMap(\.events).isEmpty { took(.classicPublishesOnce) }
        }
    }

    private static func liveRemoval(_ took: (Row) -> Void) throws {
        var history = try History.withStream()
        guard let id = history.stream()?.id else { return }
        for (purged, row) in [(true, Row.streamPurged), (false, .streamShown)] {
            try history.when(.purgeStream(PurgeStream(.identity(id), isPurged: purged)))
            if history.stream()?.purged == purged { took(row) }
        }
        try history.deletePrefix()
        if history.registeredPrefix == nil { took(.prefixDeleted) }
        _ = try history.fireDue()
        if history.state.prefixes.isEmpty { took(.streamsRemoved) }
        history = try History.withStream()
        history.wait(ExpiryRule.recordLife)
        if let stream = history.stream() {
            try history.when(
                .expireStreams(
                    ExpireStreams(of: stream.prefix, [stream.id], by: ExpiryRule())))
        }
        if history.stream() == nil, history.registeredPrefix != nil { took(.streamsExpired) }
    }

    private static func liveArchive(_ took: (Row) -> Void) throws {
        var history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3)))
        if history.stream()?.archivalState == .archivedComplete { took(.archivedComplete) }
        let again = CoordinatorMutation.archiveStream(History.report(entries: 1, through: 9))
        if try history.when(again).events.isEmpty { took(.archivedRepeats) }
        let termination = CoordinatorMutation.terminateStream(History.termination(at: 3))
        if try history.when(termination).events.isEmpty { took(.terminatedRepeatsAfterArchival) }
        if try history.when(.deliver(try History.part(count: 1))).events.isEmpty {
            took(.deliveryTooLate)
        }
        if let id = history.stream()?.id,
            try history.when(.dispatchArchival(DispatchArchival(stream: id, reason: .expired)))
                .events.isEmpty
        {
            took(.dispatchComesTooLate)
        }
        history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 2, through: 5)))
        if history.stream()?.archivalState == .archivedPartial { took(.archivedPartial) }
        history = try History.withStream()
        try history.when(.archiveStream(History.report(entries: 4, through: 3, fails: true)))
        if history.stream()?.archive?.entryCount == 0 { took(.archivalFailedForGood) }
        if history.refusal(of: termination) == .terminatedElsewhere(at: nil) {
            took(.terminatedConflictsAfterArchival)
        }
    }

    private static func liveDelivery(_ took: (Row) -> Void) throws {
        var history = try History.withPrefix()
        func events(_ part: DeliverEntries) throws -> [CoordinatorEvent] {
            try history.when(.deliver(part)).events
        }
        if case .streamRegistered(let stream)? = try events(History.part(count: 1)).first,
            stream.terminalIndex == nil
        {
            took(.deliveryRegistersOpen)
        }
        let terminated = try History.part(name: "b", count: 1, terminalIndex: 0)
        if case .streamRegistered(let stream)? = try events(terminated).first,
            stream.terminalIndex == 0
        {
            took(.deliveryRegistersTerminated)
        }
        let appended = try events(History.part(first: 1, count: 1))
        if case .entriesAppended? = appended.first, appended.count == 1 { took(.deliveryAppends) }
        let ending = try History.part(first: 2, count: 1, terminalIndex: 2)
        if case .streamTerminated? = try events(ending).last { took(.deliveryTerminates) }
        if try events(ending).isEmpty { took(.deliveryRepeatsEnd) }
        if try events(History.part(count: 0, terminalIndex: 9)).isEmpty,
            history.stream()?.terminalIndex == 2
        {
            took(.deliveryPassesOverOtherEnd)
        }
        let foreign = try History.part(first: 3, count: 1, secret: History.otherSecret)
        if try events(foreign).isEmpty { took(.deliveryDropped) }
    }
}
